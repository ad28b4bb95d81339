import { html } from "hono/html";
import { isAbsence, isError, type Output } from "seamline";
import { board, postsPerPage, type Post, type PostSummary } from "../board/contract.ts";
import { commentSection } from "./comments.ts";
import { messagePage } from "./failures.ts";
import { notice, type Html, type Page } from "./layout.ts";
import { markdown } from "./markdown.ts";
import { authorName, moment } from "./pieces.ts";
import { pager } from "./pager.ts";
import type { Pages } from "./routes.ts";
import type { Visit } from "./visit.ts";

/** Reading: the list of posts, and one post. */

type Boards = Output<(typeof board)["listBoards"]>;
type Counts = Record<string, number> | null;

export const postPages: Pages = ({ get }) => {
  get("/board", async (visit) => {
    const found = await visit.context.part(
      "board",
      () => readList(visit),
      () => "absent" as const,
    );
    if (found === "absent") return visit.show(boardAway(visit), 503);
    if (found === null)
      return visit.show(messagePage(visit, visit.text.notFound, visit.text.boardInvalid, "not-found"), 404);
    const ids = found.list.posts.map(({ id }) => id);
    const counts: Counts =
      ids.length === 0
        ? {}
        : await visit.context.part(
            "comments",
            () => visit.context.comments.counts({ targets: ids }),
            () => null,
          );
    const beyond = found.list.posts.length === 0 && visit.pageNumber > 1;
    return visit.show(listPage(visit, found, counts), beyond ? 404 : 200);
  });

  get("/board/:number", async (visit) => {
    const post = await readPost(visit);
    return post === "absent" ? visit.show(boardAway(visit), 503) : visit.show(await postPage(visit, post));
  });
};

interface List {
  readonly boards: Boards;
  readonly slug: string;
  readonly list: Output<(typeof board)["listPosts"]>;
}

/** null: there is no such board. */
async function readList(visit: Visit): Promise<List | null> {
  const slug = visit.query("board");
  const asked = /^[a-z][a-z0-9-]{0,31}$/.test(slug) ? slug : undefined;
  if (slug !== "" && asked === undefined) return null;
  const { listBoards, listPosts } = visit.context.board;
  try {
    const [boards, list] = await Promise.all([
      listBoards(undefined),
      listPosts({ board: asked, page: visit.pageNumber }),
    ]);
    return { boards, slug, list };
  } catch (error) {
    if (isError(error, board.listPosts, "boardNotFound")) return null;
    throw error;
  }
}

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

function listPage(visit: Visit, { boards, slug, list }: List, counts: Counts): Page {
  const { text, locale } = visit;
  const chosen = boards.find((one) => one.slug === slug);
  const title = chosen?.name[locale.language] ?? text.board;
  const address = (page: number): string => {
    const query = new URLSearchParams({ ...(slug && { board: slug }), ...(page > 1 && { page: String(page) }) });
    return `/board${query.size > 0 ? `?${query}` : ""}`;
  };
  const empty = html`<p class="empty">${visit.pageNumber > 1 ? text.noSuchPage : text.noPosts}</p>`;
  return {
    title: visit.pageNumber > 1 ? `${title}, ${text.page(locale.number(visit.pageNumber))}` : title,
    notices: [counts === null ? notice("warning", "comments-unavailable", text.commentCountsUnavailable) : null],
    body: html`<div class="title-row">
        <div>
          <h1>${title}</h1>
          <p class="count">${text.postCount(locale.number(list.total))}</p>
        </div>
        <a class="button" id="write" href="/board/new${slug && `?board=${slug}`}">${text.write}</a>
      </div>
      ${boards.length > 1 && boardTabs(visit, boards, slug)}
      <div ${freshness(visit, slug)}>
        ${list.posts.length === 0 ? empty : ""}
        <ol class="posts" id="posts" ${list.posts.length === 0 && html`hidden`}>
          ${list.posts.map((post) => row(visit, post, counts))}
        </ol>
        <p class="fresh" id="list-state" role="status"></p>
      </div>
      ${pager(visit, list.page, list.pages, address)}
      <p class="back"><a href="/">${text.toHome}</a></p>`,
  };
}

/** What the script needs to refresh the list: only the first page of all posts is what `board_list` tells. */
function freshness(visit: Visit, slug: string): Html | "" {
  if (slug !== "" || visit.pageNumber !== 1) return "";
  const { text } = visit;
  const address = `${visit.site.urlOf("board", visit.request) ?? ""}/board_list`;
  return html`data-list="${address}" data-size="${postsPerPage}" data-fresh="${text.listFresh}"
  data-added="${text.listNew("{n}")}" data-stale="${text.listStale}" data-new="${text.newPost}"`;
}

function boardTabs({ text, locale }: Visit, boards: Boards, slug: string): Html {
  const tab = (to: string, name: string, current: boolean) =>
    html`<li><a href="${to}" ${current && html`aria-current="page"`}>${name}</a></li>`;
  return html`<nav class="tabs" aria-label="${text.boardsMenu}">
    <ul>
      ${tab("/board", text.allBoards, slug === "")}
      ${boards.map((one) => tab(`/board?board=${one.slug}`, one.name[locale.language], one.slug === slug))}
    </ul>
  </nav>`;
}

function row(visit: Visit, post: PostSummary, counts: Counts): Html {
  const { text, locale } = visit;
  const answers = counts?.[post.id] ?? 0;
  return html`<li class="post" data-number="${post.number}">
    <span class="post-number"><span class="unseen">${text.number} </span>${String(post.number)}</span>
    <div class="post-main">
      <a class="post-title" href="/board/${post.number}"><bdi>${post.title}</bdi></a>
      ${answers > 0 && html`<span class="badge"><span class="unseen">${text.commentsShort(locale.number(answers))}</span><span aria-hidden="true">${locale.number(answers)}</span></span>`}
      <p class="meta">
        <span><span class="unseen">${text.by} </span><bdi>${authorName(visit, post.author)}</bdi></span>
        <time datetime="${post.createdAt}">${locale.brief(new Date(post.createdAt), visit.context.now())}</time>
        ${post.editedAt && html`<span>${text.edited}</span>`}
      </p>
    </div>
  </li>`;
}

/** A post with its comments. `section` stands in for the comments where a form of theirs has to be shown again. */
export async function postPage(visit: Visit, post: Post, section?: Html): Promise<Page> {
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
      ${section ?? (removed ? "" : await commentSection(visit, post))}
      <p class="back"><a href="/board">${text.toBoard}</a></p>`,
  };
}

function ownerActions(visit: Visit, post: Post): Html | "" {
  const { text, member } = visit;
  if (member === null) return "";
  const own = post.author.id === member.user.id;
  if (!own && !member.user.roles.includes("admin")) return "";
  if (post.removedAt !== null)
    return html`<form class="actions" method="post" action="/board/${post.number}/restore" id="restore">
      <input type="hidden" name="token" value="${visit.ticket().token}" />
      <button class="button">${text.restore}</button>
    </form>`;
  return html`<p class="actions">
    ${own && html`<a class="button quiet" id="edit" href="/board/${post.number}/edit">${text.edit}</a>`}
    <a class="button quiet" id="delete" href="/board/${post.number}/delete">${text.remove}</a>
  </p>`;
}
