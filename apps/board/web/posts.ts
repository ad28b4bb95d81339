import { html } from "hono/html";
import { isError, type Output } from "seamline";
import { board, postsPerPage, type PostSummary } from "../board/contract.ts";
import { commentSection } from "./discussion.ts";
import { messagePage } from "../../shared/web/failures.ts";
import { notice, type Html, type Page } from "../../shared/web/layout.ts";
import { authorName } from "../../shared/web/pieces.ts";
import { pager } from "../../shared/web/pager.ts";
import { boardAway, postPage, readPost } from "./post.ts";
import type { Part, Visit } from "./visit.ts";

/** Reading: the list of posts, and one post. */

type Boards = Output<(typeof board)["listBoards"]>;
type Counts = Record<string, number> | null;

export const postPages: Part = ({ get }) => {
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
    if (post === "absent") return visit.show(boardAway(visit), 503);
    return visit.show(postPage(visit, post, post.removedAt === null ? await commentSection(visit, post) : ""));
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
