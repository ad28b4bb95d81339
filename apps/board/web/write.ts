import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { board, PostContent, Title, type Post } from "../board/contract.ts";
import { confirmPage } from "../../shared/web/confirm.ts";
import { hidden, inputField, selectField, summary, textArea } from "../../shared/web/fields.ts";
import { blank, submit, wait, type Errors, type Explained, type FormState } from "../../shared/web/forms.ts";
import { messagePage } from "../../shared/web/failures.ts";
import type { Html, Page } from "../../shared/web/layout.ts";
import { mayChange } from "./rights.ts";
import { boardAway, readPost } from "./post.ts";
import type { Answer } from "../../shared/web/routes.ts";
import type { Part, Visit } from "./visit.ts";

/** Writing: a new post, changing one, taking one away and bringing it back. */

const maxTitle = 200;
const maxContent = 20_000;
type Name = "title" | "content" | "board";
type Boards = Output<(typeof board)["listBoards"]>;

export const writePages: Part = ({ get, post }) => {
  get("/board/new", async (visit) => {
    if (visit.session.state === "anonymous") return visit.signInFirst("/board/new");
    return visit.show(await newPage(visit, blank({ board: visit.query("board") })));
  });
  post("/board/new", async (visit) => {
    const values = { ...written(visit), board: visit.field("board") };
    const done = await submit<Name, Post>(visit, {
      values,
      check: () => unreadable(visit, values),
      call: (key) => visit.context.board.createPost(values, { key: visit.callKey(key, "createPost", values) }),
      explain: (error) => explain(visit, error),
    });
    if (!done.ok) return visit.show(await newPage(visit, done.state), done.state.status);
    return visit.go(`/board/${done.value.number}`, "written");
  });

  get("/board/:number/edit", (visit) =>
    withPost(visit, "edit", (one) =>
      visit.show(editPage(visit, one, blank({ title: one.title, content: one.content }))),
    ),
  );
  post("/board/:number/edit", (visit) =>
    withPost(visit, "edit", async (one) => {
      const values = written(visit);
      const input = { number: one.number, version: Number(visit.field("version")) || 0, ...values };
      const done = await submit<Name, Post>(visit, {
        values: { ...values, board: one.board },
        check: () => unreadable(visit, values),
        call: (key) => visit.context.board.editPost(input, { key: visit.callKey(key, "editPost", input) }),
        explain: (error) => explain(visit, error),
      });
      if (!done.ok) return visit.show(editPage(visit, one, done.state), done.state.status);
      return visit.go(`/board/${one.number}`, "edited");
    }),
  );

  get("/board/:number/delete", (visit) =>
    withPost(visit, "remove", (one) => visit.show(deletePage(visit, one, blank()))),
  );
  post("/board/:number/delete", (visit) =>
    withPost(visit, "remove", async (one) => {
      const done = await submit<never, Post>(visit, {
        values: {},
        call: (key) =>
          visit.context.board.deletePost({ number: one.number }, { key: visit.callKey(key, "deletePost", one.number) }),
        explain: (error) => explain(visit, error),
      });
      if (!done.ok) return visit.show(deletePage(visit, one, done.state), done.state.status);
      return visit.go("/board", "deleted");
    }),
  );

  get("/board/:number/restore", (visit) => visit.go(`/board/${visit.number("number") ?? ""}`));
  post("/board/:number/restore", (visit) =>
    withPost(visit, "remove", async (one) => {
      const done = await submit<never, Post>(visit, {
        values: {},
        call: (key) =>
          visit.context.board.restore({ number: one.number }, { key: visit.callKey(key, "restore", one.number) }),
        explain: (error) => explain(visit, error),
      });
      if (done.ok) return visit.go(`/board/${one.number}`, "restored");
      const { errors, status, traceId } = done.state;
      const form = (errors as Errors<Name>).form ?? "";
      return visit.show(messagePage(visit, visit.text.notSaved, form, "not-restored", traceId), status);
    }),
  );
};

/** Goes on with the post of the address for who is signed in; a stranger is sent to sign in first. */
async function withPost(visit: Visit, what: "edit" | "remove", go: (post: Post) => Answer) {
  const number = visit.number("number") ?? 0;
  if (visit.session.state === "anonymous" && number > 0) return visit.signInFirst(`/board/${number}`);
  const post = await readPost(visit);
  if (post === "absent") return visit.show(boardAway(visit), 503);
  if (visit.member && !mayChange(visit, post)[what]) return visit.show(refused(visit), 403);
  return go(post);
}

function refused(visit: Visit): Page {
  return messagePage(visit, visit.text.forbiddenPage, visit.text.forbidden.notAuthor, "forbidden");
}

function written(visit: Visit): { title: string; content: string } {
  return { title: visit.field("title"), content: visit.field("content") };
}

function unreadable({ text, locale }: Visit, values: { title: string; content: string }): Errors<Name> {
  return {
    ...(!Title.safeParse(values.title).success && { title: text.titleInvalid(locale.number(maxTitle)) }),
    ...(!PostContent.safeParse(values.content).success && { content: text.contentInvalid(locale.number(maxContent)) }),
  };
}

function explain(visit: Visit, error: unknown): Explained<never> | Explained<Name> | null {
  const { text } = visit;
  for (const operation of [board.createPost, board.editPost, board.deletePost, board.restore] as const)
    if (isError(error, operation, "forbidden"))
      return { errors: { form: text.forbidden[error.data.reason] }, status: 403 };
  for (const operation of [board.editPost, board.deletePost, board.restore] as const)
    if (isError(error, operation, "notFound")) return { errors: { form: text.notFound }, status: 404 };
  if (isError(error, board.createPost, "boardNotFound")) return { errors: { board: text.boardInvalid } };
  if (isError(error, board.editPost, "editConflict"))
    return { errors: { form: text.editConflict }, status: 409, version: error.data.version };
  if (!isError(error, board.createPost, "tooOften")) return null;
  const { retryAfterSeconds } = error.data;
  return { errors: { form: text.tooOften(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
}

async function newPage(visit: Visit, state: FormState<Name>): Promise<Page> {
  const { text } = visit;
  const boards = await visit.context.part(
    "board",
    () => visit.context.board.listBoards(undefined),
    () => null,
  );
  const { member } = visit;
  const open = boards?.filter((one) => one.writers === "members" || member?.user.roles.includes("admin")) ?? null;
  return {
    title: text.write,
    unlisted: true,
    body: html`<h1>${text.write}</h1>
      ${summary(visit, state)}
      <form class="card" id="post-form" method="post" action="/board/new" data-draft="post new" novalidate>
        ${hidden(visit, state)} ${open === null ? away(visit, state) : boardField(visit, state, open)}
        ${postFields(visit, state)}
        <p class="actions">
          <button class="button">${text.publish}</button>
          <a class="button quiet" href="/board">${text.cancel}</a>
        </p>
      </form>`,
  };
}

function away({ text }: Visit, state: FormState<Name>): Html {
  return html`<p class="notice warning" id="board-unavailable" role="status">
      ${text.boardUnavailable}. ${text.boardUnavailableWhy}
    </p>
    <input type="hidden" name="board" value="${state.values.board ?? ""}" />`;
}

function boardField(visit: Visit, state: FormState<Name>, boards: Boards): Html {
  const { text, locale } = visit;
  if (boards.length === 1 && state.errors.board === undefined)
    return html`<input type="hidden" name="board" value="${boards[0]!.slug}" />`;
  const choices = boards.map(({ slug, name }) => ({ value: slug, name: name[locale.language] }));
  return selectField(visit, state, { name: "board", label: text.boardField, required: false }, choices);
}

function postFields(visit: Visit, state: FormState<Name>): Html {
  const { text } = visit;
  return html`${inputField(visit, state, { name: "title", label: text.title, max: maxTitle, autocomplete: "off" })}
  ${textArea(visit, state, { name: "content", label: text.content, hint: text.contentHint, max: maxContent }, 14)}`;
}

function editPage(visit: Visit, post: Post, state: FormState<Name>): Page {
  const { text } = visit;
  const version = String(state.version ?? (visit.field("version") || post.version));
  return {
    title: text.editPost,
    unlisted: true,
    body: html`<h1>${text.editPost}</h1>
      ${summary(visit, state)}
      ${state.status === 409 && html`<p><a href="/board/${post.number}" target="_blank" rel="noopener">${text.current}</a></p>`}
      <form
        class="card"
        id="post-form"
        method="post"
        action="/board/${post.number}/edit"
        data-draft="post ${post.number}"
        novalidate
      >
        ${hidden(visit, state, { version })} ${postFields(visit, state)}
        <p class="actions">
          <button class="button">${text.save}</button>
          <a class="button quiet" href="/board/${post.number}">${text.cancel}</a>
        </p>
      </form>`,
  };
}

function deletePage(visit: Visit, post: Post, state: FormState<never>): Page {
  const { text } = visit;
  const words = { ask: text.removePostAsk(post.title), why: text.removePostWhy, act: text.remove };
  return confirmPage(visit, state, { title: text.removePost, ...words, back: `/board/${post.number}` });
}
