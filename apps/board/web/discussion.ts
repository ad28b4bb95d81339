import { html } from "hono/html";
import type { Output } from "seamline";
import type { Post } from "../board/contract.ts";
import type { Comment, comments } from "../comments/contract.ts";
import { hidden, summary, textArea } from "../../shared/web/fields.ts";
import { blank, type FormState } from "../../shared/web/forms.ts";
import { notice, type Html } from "../../shared/web/layout.ts";
import { markdown } from "../../shared/web/markdown.ts";
import { pager } from "../../shared/web/pager.ts";
import { authorName, moment } from "../../shared/web/pieces.ts";
import type { Visit } from "./visit.ts";

/** The comments below a post. Answering and editing are the same page with the form in another place. */

/** The longest comment, in UTF-16 units. */
export const maxLength = 2_000;
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Name = "content";

/** Which form is open: below the post, below a comment, or in place of one. */
export type OpenForm =
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
