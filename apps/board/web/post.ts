import { html } from "hono/html";
import { isAbsence } from "seamline";
import type { Post } from "../board/contract.ts";
import { messagePage } from "../../shared/web/failures.ts";
import { notice, type Html, type Page } from "../../shared/web/layout.ts";
import { markdown } from "../../shared/web/markdown.ts";
import { authorName, moment } from "../../shared/web/pieces.ts";
import { mayChange } from "./rights.ts";
import type { Visit } from "./visit.ts";

/** One post, as its page shows it. */

/** The post that the address names. @throws CallError `notFound`, also for an address without a possible number */
export async function readPost(visit: Visit): Promise<Post | "absent"> {
  const number = visit.number("number");
  if (number === null) throw Object.assign(new Error("not a post's number"), { statusCode: 404 });
  return visit.context.part(
    "board",
    () => visit.context.board.getPost({ number }),
    (error) => {
      if (!isAbsence(error)) throw error;
      return "absent" as const;
    },
  );
}

export function boardAway(visit: Visit): Page {
  const { text, context } = visit;
  visit.retryAfter(5);
  return messagePage(visit, text.boardUnavailable, text.boardUnavailableWhy, "board-unavailable", context.traceId);
}

/** @param below the comments */
export function postPage(visit: Visit, post: Post, below: Html | ""): Page {
  const { text } = visit;
  const removed = post.removedAt !== null;
  return {
    title: post.title,
    unlisted: removed,
    notices: [removed ? notice("warning", "removed", text.removedPost) : null],
    body: html`<article class="reading" id="post">
        <header>
          <h1><bdi>${post.title}</bdi></h1>
          <p class="meta">
            <span><span class="unseen">${text.by} </span><bdi>${authorName(visit, post.author)}</bdi></span>
            ${moment(visit, post.createdAt)}
            ${post.editedAt && html`<span>${text.editedAt(visit.locale.moment(new Date(post.editedAt)))}</span>`}
            <span>${text.number} ${String(post.number)}</span>
          </p>
        </header>
        <div class="prose">${markdown(post.content)}</div>
        ${ownerActions(visit, post)}
      </article>
      ${below}
      <p class="back"><a href="/board">${text.toStart}</a></p>`,
  };
}

function ownerActions(visit: Visit, post: Post): Html | "" {
  const { text } = visit;
  const may = mayChange(visit, post);
  if (!may.remove) return "";
  if (post.removedAt !== null)
    return html`<form class="actions" method="post" action="/board/${post.number}/restore" id="restore">
      <input type="hidden" name="token" value="${visit.ticket().token}" />
      <button class="button">${text.restore}</button>
    </form>`;
  return html`<p class="actions">
    ${may.edit && html`<a class="button quiet" id="edit" href="/board/${post.number}/edit">${text.edit}</a>`}
    <a class="button quiet" id="delete" href="/board/${post.number}/delete">${text.remove}</a>
  </p>`;
}
