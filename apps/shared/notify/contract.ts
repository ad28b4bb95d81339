import { command, contract, query } from "seamline";
import { z } from "zod";
import { At, Id, PageNumber } from "../text.ts";

/** Tells people what concerns them. Which events do, and whom, each app says in its rules; words are the pages' matter. */

export const notesPerPage = 20;

const Note = z.object({
  id: Id,
  /** The app's word for what happened, such as "bookingConfirmed". */
  type: z.string(),
  /** What the words need: names, titles, dates. */
  data: z.record(z.string(), z.string()),
  /** The page that shows it: "/trips/…". */
  link: z.string(),
  at: At,
  read: z.boolean(),
});
const SignIn = z.object({});

export type Note = z.infer<typeof Note>;

export const notify = contract("notify", {
  /** At most 100: more are "99+". */
  unreadCount: query({ output: z.object({ unread: z.number().int() }), errors: { signInNeeded: SignIn } }),
  /** The caller's, the newest first. They are kept for 90 days. */
  list: query({
    input: z.object({ page: PageNumber }),
    output: z.object({ notes: z.array(Note), page: z.number().int(), pages: z.number().int() }),
    errors: { signInNeeded: SignIn },
    http: "GET /api/my/notes",
  }),
  /** Left out `ids`: all. */
  markRead: command({
    input: z.object({ ids: z.array(Id).max(100).optional() }),
    output: z.object({ read: z.number().int() }),
    errors: { signInNeeded: SignIn },
  }),
  preferences: query({ output: z.object({ muted: z.array(z.string()) }), errors: { signInNeeded: SignIn } }),
  /** Types that the caller does not want to be told of. */
  setPreferences: command({
    input: z.object({ muted: z.array(z.string().max(60)).max(100) }),
    output: z.object({ muted: z.array(z.string()) }),
    errors: { signInNeeded: SignIn, unknownType: z.object({ type: z.string(), known: z.array(z.string()) }) },
  }),
});
