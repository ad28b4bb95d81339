import { html } from "hono/html";
import { isError, type Output } from "seamline";
import type { Post } from "../board/contract.ts";
import { CommentContent, comments, type Comment } from "../comments/contract.ts";
import { blank, hidden, submit, summary, textArea, wait, type Explained, type FormState } from "./forms.ts";
import { notice, type Html } from "./layout.ts";
import { markdown } from "./markdown.ts";
import { pager } from "./pager.ts";
import { confirmPage } from "./confirm.ts";
import { authorName, moment } from "./pieces.ts";
import { boardAway, postPage, readPost } from "./posts.ts";
import type { Pages } from "./routes.ts";
import type { Visit } from "./visit.ts";

/** What people say below a post. Answering and editing are the same page with the form in another place. */

const maxLength = 2_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
type Name = "content";

export const commentPages: Pages = ({ get, post }) => {
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
    return visit.show(await postPage(visit, target, await commentSection(visit, target, form)), done.state.status);
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
    return visit.show(await postPage(visit, target, await commentSection(visit, target, form)), done.state.status);
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
    back: `/board/${number}${pageQuery(visit)}#comments`,
    fields: { page: visit.query("page") || visit.field("page") },
  });
}

/** Which form is open: below the post, below a comment, or in place of one. */
type OpenForm =
  | { readonly kind: "add"; readonly parent: string | null; readonly state: FormState<Name> }
  | { readonly kind: "edit"; readonly id: string; readonly state: FormState<Name> };

type List = Output<(typeof comments)["list"]>;

export async function commentSection(visit: Visit, post: Post, form: OpenForm = asked(visit)): Promise<Html> {
  const { text, locale } = visit;
  const list = await visit.context.part(
    "comments",
    () => readComments(visit, post),
    () => null,
  );
  const title = list === null ? text.comments : text.commentsTotal(locale.number(list.total));
  return html`<section class="comments" id="comments" aria-labelledby="comments-title">
    <h2 id="comments-title">${title}</h2>
    ${list === null ? notice("warning", "comments-unavailable", text.commentsUnavailable) : listed(visit, post, list, form)}
    ${below(visit, post, list, form)}
  </section>`;
}

async function readComments(visit: Visit, post: Post): Promise<List> {
  const { list } = visit.context.comments;
  const asked = visit.query("page") || visit.field("page");
  if (asked !== "last") return list({ target: post.id, page: /^[1-9]\d{0,5}$/.test(asked) ? Number(asked) : 1 });
  const first = await list({ target: post.id, page: 1 });
  return first.pages === 1 ? first : list({ target: post.id, page: first.pages });
}

function asked(visit: Visit): OpenForm {
  const [answer, edit] = [visit.query("answer"), visit.query("edit")];
  if (uuid.test(edit) && visit.member) return { kind: "edit", id: edit, state: blank() };
  return { kind: "add", parent: uuid.test(answer) && visit.member ? answer : null, state: blank() };
}

function listed(visit: Visit, post: Post, list: List, form: OpenForm): Html {
  if (list.comments.length === 0) return html`<p class="empty">${visit.text.noComments}</p>`;
  const address = (page: number): string => `/board/${post.number}?page=${page}#comments`;
  return html`<ol class="comment-list">
      ${list.comments.map((comment) => one(visit, post, list, comment, form))}
    </ol>
    ${pager(visit, list.page, list.pages, address)}`;
}

function one(visit: Visit, post: Post, list: List, comment: Comment, form: OpenForm): Html {
  const { text } = visit;
  const { content, author } = comment;
  const name = author === null ? "" : authorName(visit, author);
  const editing = form.kind === "edit" && form.id === comment.id;
  const shown =
    content === null || author === null
      ? html`<p class="gone">${text.removedComment}</p>`
      : html`<p class="meta">
            <strong><bdi>${name}</bdi></strong>
            ${moment(visit, comment.createdAt)} ${comment.editedAt && html`<span>${text.edited}</span>`}
          </p>
          ${editing ? editForm(visit, post, list, comment, form.state) : html`<div class="prose">${markdown(content, 3)}</div>`}
          ${!editing && actions(visit, post, list, comment, name)}`;
  const answering = form.kind === "add" && form.parent === comment.id;
  return html`<li class="comment ${comment.parent === null ? "" : "answer"}" id="comment-${comment.id}">
    ${shown} ${answering && addForm(visit, post, list, form.state, { id: comment.id, name })}
  </li>`;
}

function actions(visit: Visit, post: Post, list: List, comment: Comment, name: string): Html | "" {
  const { text, member } = visit;
  if (member === null) return "";
  const page = list.page > 1 ? `&page=${list.page}` : "";
  const link = (href: string, what: string): Html =>
    html`<a href="${href}" aria-label="${text.of(what, name)}">${what}</a>`;
  const own = comment.author?.id === member.user.id;
  return html`<p class="comment-actions">
    ${link(`/board/${post.number}?answer=${comment.id}${page}#comment-form`, text.answer)}
    ${own && link(`/board/${post.number}?edit=${comment.id}${page}#comment-form`, text.edit)}
    ${own && link(`/board/${post.number}/comments/${comment.id}/remove?page=${list.page}`, text.remove)}
  </p>`;
}

/** The box below all comments, unless the form is open somewhere else. */
function below(visit: Visit, post: Post, list: List | null, form: OpenForm): Html | "" {
  const { text, session } = visit;
  if (session.state === "unknown") return notice("warning", "comment-box-off", text.stateUnknown);
  if (session.state === "anonymous") {
    const next = encodeURIComponent(`/board/${post.number}#comments`);
    return html`<p class="other"><a class="button quiet" href="/login?next=${next}">${text.signInToComment}</a></p>`;
  }
  const elsewhere = form.kind === "edit" ? form.id : form.parent;
  const open = elsewhere !== null && list?.comments.some(({ id }) => id === elsewhere);
  if (open)
    return html`<p class="other">
      <a class="button quiet" href="/board/${post.number}#comment-form">${text.commentField}</a>
    </p>`;
  // An edit whose comment cannot be listed now keeps its text here, to be sent to the same address again.
  if (form.kind === "edit")
    return form.state.values.content === undefined ? "" : editForm(visit, post, list, null, form.state, form.id);
  return addForm(visit, post, list, form.state, form.parent === null ? null : { id: form.parent, name: "" });
}

function addForm(
  visit: Visit,
  post: Post,
  list: List | null,
  state: FormState<Name>,
  parent: { id: string; name: string } | null,
): Html {
  const { text } = visit;
  // What was just written stays open for another try; an untouched box says why it is closed.
  const closed = list === null && state.values.content === undefined;
  const answering = parent !== null && parent.name !== "";
  const label = answering ? text.answerTo(parent.name) : text.commentField;
  const fields = { parent: parent?.id ?? "", page: parent === null ? "" : String(list?.page ?? 1) };
  return html`<form
    class="card"
    id="comment-form"
    method="post"
    action="/board/${post.number}/comments"
    data-draft="comment ${post.number} ${fields.parent}"
    novalidate
  >
    ${summary(visit, state)} ${hidden(visit, state, fields)}
    ${closed && html`<p class="notice warning" id="comment-box-off">${text.commentBoxUnavailable}</p>`}
    ${textArea(visit, state, { name: "content", label, max: maxLength, disabled: closed, describedBy: closed ? "comment-box-off" : "" }, 4)}
    <p class="actions">
      <button class="button" ${closed && html`disabled`}>${answering ? text.answerSubmit : text.commentSubmit}</button>
      ${answering && html`<a class="button quiet" href="/board/${post.number}#comment-${parent.id}">${text.cancel}</a>`}
    </p>
  </form>`;
}

function editForm(
  visit: Visit,
  post: Post,
  list: List | null,
  comment: Comment | null,
  tried: FormState<Name>,
  id = comment?.id ?? "",
): Html {
  const { text } = visit;
  const state = tried.values.content === undefined ? { ...tried, values: { content: comment?.content ?? "" } } : tried;
  const version =
    comment === null ? visit.field("version") : String(tried.version ?? (visit.field("version") || comment.version));
  return html`<form
    class="card"
    id="comment-form"
    method="post"
    action="/board/${post.number}/comments/${id}/edit"
    data-draft="edit-comment ${id}"
    novalidate
  >
    ${summary(visit, state)} ${hidden(visit, state, { version, page: String(list?.page ?? 1) })}
    ${textArea(visit, state, { name: "content", label: text.editComment, max: maxLength }, 4)}
    <p class="actions">
      <button class="button">${text.save}</button>
      <a class="button quiet" href="/board/${post.number}#comment-${id}">${text.cancel}</a>
    </p>
  </form>`;
}
