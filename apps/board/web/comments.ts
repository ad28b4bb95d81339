import { isError } from "seamline";
import type { Post } from "../board/contract.ts";
import { CommentContent, comments, type Comment } from "../comments/contract.ts";
import { confirmPage } from "../../shared/web/confirm.ts";
import { commentSection, maxLength, uuid } from "./discussion.ts";
import { blank, submit, wait, type Explained, type FormState } from "../../shared/web/forms.ts";
import { boardAway, postPage, readPost } from "./post.ts";
import type { Part, Visit } from "./visit.ts";

/** Writing below a post: a new comment, an answer, changing one, taking one away. */

type Name = "content";

export const commentPages: Part = ({ get, post }) => {
  // Where a form was sent to is an address that people reload, and change the language of.
  for (const path of ["/board/:number/comments", "/board/:number/comments/:id/edit"])
    get(path, (visit) => visit.go(`/board/${params(visit).number}`));

  post("/board/:number/comments", async (visit) => {
    const target = await readPost(visit);
    if (target === "absent") return visit.show(boardAway(visit), 503);
    const parent = uuid.test(visit.field("parent")) ? visit.field("parent") : null;
    const values = { content: visit.field("content") };
    const input = { target: target.id, parent, ...values };
    const done = await submit<Name, Comment>(visit, {
      values,
      check: () => unreadable(visit, values.content),
      call: (key) => visit.context.comments.add(input, { key: visit.callKey(key, "comment", input) }),
      explain: (error) => explain(visit, error),
    });
    if (done.ok)
      return visit.go(`${commentsAt(visit, target, !parent && "last")}#comment-${done.value.id}`, "commented");
    const form = { kind: "add", parent, state: done.state } as const;
    return visit.show(postPage(visit, target, await commentSection(visit, target, form)), done.state.status);
  });

  post("/board/:number/comments/:id/edit", async (visit) => {
    const target = await readPost(visit);
    if (target === "absent") return visit.show(boardAway(visit), 503);
    const { id = "" } = params(visit);
    const values = { content: visit.field("content") };
    const input = { id, version: Number(visit.field("version")) || 0, ...values };
    const done = await submit<Name, Comment>(visit, {
      values,
      check: () => unreadable(visit, values.content),
      call: (key) => visit.context.comments.edit(input, { key: visit.callKey(key, "editComment", input) }),
      explain: (error) => explain(visit, error),
    });
    if (done.ok) return visit.go(`${commentsAt(visit, target)}#comment-${id}`, "commentEdited");
    const form = { kind: "edit", id, state: done.state } as const;
    return visit.show(postPage(visit, target, await commentSection(visit, target, form)), done.state.status);
  });

  get("/board/:number/comments/:id/remove", (visit) => visit.show(removePage(visit, blank())));
  post("/board/:number/comments/:id/remove", async (visit) => {
    const { number, id = "" } = params(visit);
    const done = await submit<never, Comment>(visit, {
      values: {},
      call: (key) => visit.context.comments.remove({ id }, { key: visit.callKey(key, "removeComment", id) }),
      explain: (error) => explain(visit, error),
    });
    if (!done.ok) return visit.show(removePage(visit, done.state), done.state.status);
    return visit.go(`/board/${number}${pageQuery(visit)}#comments`, "commentRemoved");
  });
};

function params(visit: Visit): { number: string; id?: string } {
  return visit.request.params as { number: string; id?: string };
}

/** The page of comments a form was sent from, in its `page` field. */
function pageQuery(visit: Visit): string {
  const page = visit.field("page") || visit.query("page");
  return /^[1-9]\d{0,5}$/.test(page) && page !== "1" ? `?page=${page}` : "";
}

function commentsAt(visit: Visit, post: Post, page: string | false = false): string {
  return `/board/${post.number}${page === false ? pageQuery(visit) : `?page=${page}`}`;
}

function unreadable({ text, locale }: Visit, content: string): { content?: string } {
  return CommentContent.safeParse(content).success ? {} : { content: text.commentInvalid(locale.number(maxLength)) };
}

function explain(visit: Visit, error: unknown): Explained<Name> | null {
  const { text } = visit;
  for (const operation of [comments.add, comments.edit, comments.remove] as const) {
    if (isError(error, operation, "forbidden"))
      return { errors: { form: text.forbidden[error.data.reason] }, status: 403 };
    if (isError(error, operation, "notFound")) return { errors: { form: text.commentGone }, status: 404 };
  }
  if (isError(error, comments.edit, "editConflict"))
    return { errors: { form: text.commentConflict }, status: 409, version: error.data.version };
  if (!isError(error, comments.add, "tooOften")) return null;
  const { retryAfterSeconds } = error.data;
  return { errors: { form: text.tooOften(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
}

function removePage(visit: Visit, state: FormState<never>) {
  const { text } = visit;
  const { number } = params(visit);
  return confirmPage(visit, state, {
    title: text.removeComment,
    ask: text.removeCommentAsk,
    why: text.removeCommentWhy,
    act: text.remove,
    back: `/board/${number}${pageQuery(visit)}#comments`,
    fields: { page: visit.query("page") || visit.field("page") },
  });
}
