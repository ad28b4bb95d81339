import { command, contract, event, query } from "seamline";
import { z } from "zod";
import { Author } from "../../shared/accounts/contract.ts";
import { At, Id, line, PageNumber, text } from "../../shared/text.ts";

/** Boards and the posts on them. A post has an id for modules and a public number, counted up from 1, for people. */

export const postsPerPage = 20;

export const Title = line(200);
export const PostContent = text(20_000);
export const BoardSlug = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
/** What a form for a post holds. */
export const PostDraft = z.object({ title: Title, content: PostContent });

const PostNumber = z.number().int().min(1).max(2_147_483_647);
const Board = z.object({
  slug: BoardSlug,
  name: z.object({ ko: z.string(), en: z.string() }),
  /** Who may write: anybody who is signed in, or admins. */
  writers: z.enum(["members", "admins"]),
  posts: z.number().int(),
});
const PostSummary = z.object({
  id: Id,
  number: PostNumber,
  board: BoardSlug,
  title: z.string(),
  author: Author,
  createdAt: At,
  editedAt: At.nullable(),
  removedAt: At.nullable(),
  /** Counts changes; an edit names the version that it began with. */
  version: z.number().int(),
});
const Post = PostSummary.extend({ content: z.string() });

const NotFound = z.object({ number: PostNumber });
const Forbidden = z.object({ reason: z.enum(["signIn", "notAuthor", "adminsOnly", "accountClosed"]) });
const changeErrors = { notFound: NotFound, forbidden: Forbidden };
const change = z.object({ id: Id, number: PostNumber, board: BoardSlug, version: z.number().int(), at: At });

export type Post = z.infer<typeof Post>;
export type PostSummary = z.infer<typeof PostSummary>;

export const board = contract("board", {
  listBoards: query({ output: z.array(Board), http: "GET /api/boards" }),
  /** One page of posts, of one board or of all. A page beyond the last is empty. */
  listPosts: query({
    input: z.object({
      board: BoardSlug.optional(),
      page: PageNumber,
      sort: z.enum(["newest", "oldest"]).default("newest"),
    }),
    output: z.object({
      posts: z.array(PostSummary),
      page: z.number().int(),
      /** At least 1. */
      pages: z.number().int(),
      total: z.number().int(),
    }),
    errors: { boardNotFound: z.object({ board: BoardSlug }) },
    http: "GET /api/posts",
  }),
  /** The newest posts (at most 50) in the order in which they were written; `id` is the public number. */
  boardList: query({
    output: z.array(z.object({ id: PostNumber, title: z.string(), content: z.string() })),
    http: "GET /board_list",
  }),
  /** A removed post is there for its author and for admins only. */
  getPost: query({
    input: z.object({ number: PostNumber }),
    output: Post,
    errors: { notFound: NotFound },
    http: "GET /api/posts/:number",
  }),
  /** Those of the posts that are there for everybody, in no particular order. */
  getMany: query({ input: z.object({ ids: z.array(Id).max(100) }), output: z.array(PostSummary) }),
  /** Posts that are there for everybody, by id, `limit` after `after`, for filling an index. */
  scan: query({
    input: z.object({ after: Id.nullable().default(null), limit: z.number().int().min(1).max(100).default(50) }),
    output: z.array(Post),
  }),
  createPost: command({
    input: z.object({ board: BoardSlug, ...PostDraft.shape }),
    output: Post,
    errors: {
      boardNotFound: z.object({ board: BoardSlug }),
      forbidden: Forbidden,
      tooOften: z.object({ retryAfterSeconds: z.number().int() }),
    },
    http: "POST /api/posts",
  }),
  /** `version` is the one that the writer saw; `editConflict` tells the one that is there now. */
  editPost: command({
    input: z.object({ number: PostNumber, version: z.number().int(), ...PostDraft.shape }),
    output: Post,
    errors: { ...changeErrors, editConflict: z.object({ version: z.number().int() }) },
    http: "PUT /api/posts/:number",
  }),
  /** Takes a post away; it can be restored. Removing a removed post changes nothing. */
  deletePost: command({
    input: z.object({ number: PostNumber }),
    output: Post,
    errors: changeErrors,
    http: "DELETE /api/posts/:number",
  }),
  /** Brings a removed post back: by an admin, or by its author where the author removed it. */
  restore: command({
    input: z.object({ number: PostNumber }),
    output: Post,
    errors: changeErrors,
    http: "POST /api/posts/:number/restore",
  }),

  postPublished: event(change.extend({ title: z.string(), author: Author }), { key: ({ id }) => id }),
  postEdited: event(change.extend({ title: z.string() }), { key: ({ id }) => id }),
  postRemoved: event(change, { key: ({ id }) => id }),
  postRestored: event(change.extend({ title: z.string() }), { key: ({ id }) => id }),
});
