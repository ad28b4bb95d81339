import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { Author } from "../../shared/accounts/contract.ts";
import { At, Id, PageNumber, text } from "../../shared/text.ts";

/** What people say below something (the target: a post's id). */

export const commentsPerPage = 50;

export const CommentContent = text(2_000);

const Comment = z.object({
  id: Id,
  target: Id,
  /** The comment that this one answers, which is always a first-level one; null for those. */
  parent: Id.nullable(),
  /** null: removed, and only its place is kept. */
  content: z.string().nullable(),
  /** null where the comment is removed. */
  author: Author.nullable(),
  createdAt: At,
  editedAt: At.nullable(),
  version: z.number().int(),
});
export type Comment = z.infer<typeof Comment>;

const NotFound = z.object({ id: Id });
const Forbidden = z.object({ reason: z.enum(["signIn", "notAuthor", "accountClosed"]) });
const change = z.object({ id: Id, target: Id, at: At });
const byTarget = { key: ({ target }: { target: string }) => target };

export const comments = contract("comments", {
  /** Answers follow the comment they answer, the oldest first. Nothing where the target is removed. */
  list: query({
    input: z.object({ target: Id, page: PageNumber }),
    output: z.object({
      comments: z.array(Comment),
      page: z.number().int(),
      /** At least 1. */
      pages: z.number().int(),
      /** Comments that can be read; removed ones do not count. */
      total: z.number().int(),
    }),
    http: "GET /api/comments",
  }),
  /** How many comments can be read, for every target asked about. */
  counts: query({
    input: z.object({ targets: z.array(Id).max(100) }),
    output: z.record(Id, z.number().int()),
  }),
  /** An answer to an answer joins the same first-level comment. `notFound` names a target or a parent that is gone. */
  add: command({
    input: z.object({ target: Id, parent: Id.nullable().default(null), content: CommentContent }),
    output: Comment,
    errors: {
      notFound: NotFound,
      forbidden: Forbidden,
      tooOften: z.object({ retryAfterSeconds: z.number().int() }),
    },
    http: "POST /api/comments",
  }),
  edit: command({
    input: z.object({ id: Id, version: z.number().int(), content: CommentContent }),
    output: Comment,
    errors: { notFound: NotFound, forbidden: Forbidden, editConflict: z.object({ version: z.number().int() }) },
    http: "PUT /api/comments/:id",
  }),
  /** Empties a comment and keeps its place. Removing a removed one changes nothing. */
  remove: command({
    input: z.object({ id: Id }),
    output: Comment,
    errors: { notFound: NotFound, forbidden: Forbidden },
    http: "DELETE /api/comments/:id",
  }),

  commentAdded: event(change.extend({ parent: Id.nullable(), author: Author }), byTarget),
  commentEdited: event(change, byTarget),
  commentRemoved: event(change, byTarget),
});
