import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { Author } from "../accounts/contract.ts";
import { letterOperations } from "../letters.ts";
import { At, Id, line, PageNumber, text } from "../text.ts";

/** What people report, what was decided about it, and the public log of decisions. */

export const reportsPerPage = 20;
export const reasons = ["spam", "abuse", "personal", "illegal", "false", "other"] as const;

const Kind = z.string().max(40);
/** A path of the site and nothing else: it comes from whoever reports, and admins follow it. "": it has no page. */
const Link = z
  .string()
  .max(300)
  .regex(/^(?:\/(?![/\\])[^\s\\]*)?$/, "must be a path of this site, such as /listings/…");
/**
 * What was reported: an app's own kind ("review", "listing", "post"), its id, and what people see of it. Title and link
 * are the reporter's word; an admin reads them before they become public.
 */
export const Target = z.object({ kind: Kind, id: Id, title: line(200), link: Link });
const state = z.enum(["open", "assigned", "resolved", "rejected"]);
const Report = z.object({
  id: Id,
  target: Target,
  reason: z.enum(reasons),
  content: z.string(),
  reporter: Author,
  state,
  assignee: Author.nullable(),
  /** Reports of the same target that are not decided yet, this one included. */
  alike: z.number().int(),
  at: At,
});
const Decision = z.object({
  id: Id,
  target: Target,
  decision: z.enum(["hidden", "restored", "rejected", "sanctioned"]),
  /** The reason given to the public. */
  because: z.string(),
  by: Author,
  at: At,
});
/** "oneself": nobody sanctions themselves, so one who can take it back always remains. */
const Forbidden = z.object({ reason: z.enum(["signIn", "adminsOnly", "accountClosed", "oneself"]) });
const NotFound = z.object({ report: Id });
const UnknownKind = z.object({ kind: Kind, known: z.array(Kind) });
const told = z.object({ kind: Kind, id: Id, at: At });

export type Report = z.infer<typeof Report>;
export type Decision = z.infer<typeof Decision>;

export const moderation = contract("moderation", {
  /** Admins only. Open ones with the oldest first, decided ones with the newest first. */
  queue: query({
    input: z.object({ state: z.enum(["open", "decided"]).default("open"), page: PageNumber }),
    output: z.object({ reports: z.array(Report), page: z.number().int(), pages: z.number().int() }),
    errors: { forbidden: Forbidden },
  }),
  /** Decisions, the newest first: for everybody. */
  log: query({
    input: z.object({ page: PageNumber }),
    output: z.object({ decisions: z.array(Decision), page: z.number().int(), pages: z.number().int() }),
    http: "GET /api/moderation/log",
  }),
  /** The caller's own reports, and what became of them. */
  status: query({
    output: z.array(z.object({ id: Id, target: Target, state, at: At })),
    errors: { forbidden: Forbidden },
  }),
  /** One report of one target by one person: another changes nothing while the first is open. */
  report: command({
    input: z.object({ target: Target, reason: z.enum(reasons), content: text(1000).or(z.literal("")).default("") }),
    output: z.object({ report: Id }),
    errors: {
      forbidden: Forbidden,
      unknownKind: UnknownKind,
      tooOften: z.object({ retryAfterSeconds: z.number().int() }),
    },
    http: "POST /api/reports",
  }),
  assign: command({
    input: z.object({ report: Id }),
    output: Report,
    errors: { forbidden: Forbidden, notFound: NotFound, decided: z.object({ state }) },
  }),
  /** Decides all open reports of the same target together. */
  decide: command({
    input: z.object({ report: Id, decision: z.enum(["hide", "reject"]), because: line(300) }),
    output: Report,
    errors: { forbidden: Forbidden, notFound: NotFound, decided: z.object({ state }) },
  }),
  /** Takes a hiding back. Restoring what is not hidden changes nothing. */
  restore: command({
    input: z.object({ target: Target, because: line(300) }),
    errors: { forbidden: Forbidden },
  }),
  /** Keeps a person out until a point in time; one that has passed lets them in again. */
  sanction: command({
    input: z.object({ user: Id, name: line(40), until: At, because: line(300) }),
    errors: { forbidden: Forbidden },
  }),
  ...letterOperations,

  reportFiled: event(told.extend({ report: Id, reporter: Id }), { key: ({ id }) => id }),
  reportDecided: event(told.extend({ report: Id, reporter: Id, state, title: z.string(), link: z.string() }), {
    key: ({ id }) => id,
  }),
  contentHidden: event(told, { key: ({ id }) => id }),
  contentRestored: event(told, { key: ({ id }) => id }),
  userSanctioned: event(z.object({ user: Id, until: At, at: At }), { key: ({ user }) => user }),
});
