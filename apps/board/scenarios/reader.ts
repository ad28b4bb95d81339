import { randomBytes } from "node:crypto";
import type { Chance, Exchange, Look, ScenarioAnswer, Step } from "seamline";
import { foundIn, get, ledTo, send, showsAll, ticketIn } from "../../shared/scenario.ts";
import { article, remark, title } from "../../shared/seed/korean.ts";
import { usernames } from "../../shared/seed/people.ts";
import { namesOf, sizes, type Size } from "../generate.ts";
import { demoPassword, seed } from "../seed.ts";

/** Somebody at the board, and what they do there. */
export interface Reader {
  /** null: nobody who could sign in. */
  readonly name: string | null;
  /** Numbers of posts that they have seen a link to. */
  posts: readonly string[];
  /** The number of the post in hand, and the ticket of the form below it. */
  post: string;
  ticket: string;
  /** The mark in what they wrote last, and the page that they were led to then. */
  mark: string;
  page: string;
}

/** The posts that every board begins with. */
const firstPosts = ["1", "2", "3"];

/** Made once for each size: the same names as the generated data have. */
const names = new Map<string, readonly string[]>();

export function reader(number: number, size: string | null, most: number): Reader {
  return {
    name: size === null ? null : nameOf(number, size as Size, most),
    posts: firstPosts,
    post: "1",
    ticket: "",
    mark: "",
    page: "",
  };
}

function nameOf(number: number, size: Size, most: number): string {
  const count = Math.min(most, sizes[size].users);
  if (!names.has(size)) names.set(size, [...usernames(namesOf(size, seed), count)]);
  return names.get(size)![number % count]!;
}

/** Words as the seed's grammar makes them; it asks for whole numbers only. */
type Speaking = Parameters<typeof remark>[0];
const speaking = (random: Chance): Speaking => random as Speaking;

const openList = (path: (random: Chance) => string): Exchange<Reader> => ({
  request: (_reader, random) => get(path(random)),
  check(answer, reader) {
    const posts = foundIn(answer.body, /href="\/board\/(\d+)"/g);
    if (posts.length > 0) reader.posts = posts;
    return showsAll(answer, 'id="posts"') ?? (posts.length === 0 ? "the list shows no post" : null);
  },
});

const openPost = (query: string): Exchange<Reader> => ({
  request(reader, random) {
    reader.post = random.pick(reader.posts);
    return get(`/board/${reader.post}${query}`);
  },
  check(answer, reader) {
    reader.ticket = ticketIn(answer.body, `/board/${reader.post}/comments`);
    return showsAll(answer, 'id="post"', 'id="comments"');
  },
});

const openForm = (path: string): Exchange<Reader> => ({
  request: () => get(path),
  check(answer, reader) {
    reader.ticket = ticketIn(answer.body, path);
    return showsAll(answer, `action="${path}"`);
  },
});

export const home: Step<Reader>["requests"] = [
  { request: () => get("/"), check: (answer) => showsAll(answer, 'href="/board"', 'class="hero"') },
];
export const list: Step<Reader>["requests"] = [openList(() => "/board")];
/** One of the first pages behind the newest: few go farther. */
export const older: Step<Reader>["requests"] = [openList((random) => `/board?page=${1 + random.below(3)}`)];
export const category: Step<Reader>["requests"] = [openList(() => "/board?board=free")];
export const post: Step<Reader>["requests"] = [openPost("")];
export const comments: Step<Reader>["requests"] = [openPost("?page=last")];

export const signIn: Step<Reader>["requests"] = [
  openForm("/login"),
  {
    request: ({ name, ticket }) =>
      send("/login", { username: name ?? "", password: demoPassword, token: ticket, next: "/board" }),
    check: (answer) => ledTo(answer, /^\/board/),
  },
];

/** Ends what somebody writes, so that it can be found again: `written` in invariants.ts. */
function marked(text: string, reader: Reader): string {
  reader.mark = randomBytes(8).toString("hex");
  return `${text} #${reader.mark}`;
}

const writes = ({ mark }: Reader): string => mark;

/** Notes where what was written can be read. */
function ledToPage(answer: ScenarioAnswer, reader: Reader, address: RegExp): string | null {
  reader.page = (answer.headers["location"] ?? "").replace(/#.*/, "");
  return ledTo(answer, address);
}

const look: Look<Reader> = {
  request: ({ page }) => get(page),
  shows: ({ body }, mark) => body.includes(mark),
};

export const comment: Step<Reader>["requests"] = [
  ...post,
  {
    request(reader, random) {
      const content = marked(remark(speaking(random)), reader);
      return send(`/board/${reader.post}/comments`, { content, parent: "", page: "1", token: reader.ticket });
    },
    check: (answer, reader) => ledToPage(answer, reader, /#comment-[0-9a-f-]{36}$/),
    writes,
    look,
  },
];

export const write: Step<Reader>["requests"] = [
  openForm("/board/new"),
  {
    request(reader, random) {
      const heading = title(speaking(random));
      const content = marked(article(speaking(random)), reader);
      return send("/board/new", { board: "free", title: heading, content, token: reader.ticket });
    },
    check: (answer, reader) => ledToPage(answer, reader, /^\/board\/\d+/),
    writes,
    look,
  },
];

/** The list as the script of the pages asks for it: with the contract's three fields, and no more. */
export const boardList: Step<Reader>["requests"] = [
  {
    request: () => ({ method: "GET", path: "/board_list", to: "board", headers: { accept: "application/json" } }),
    check({ status, body }) {
      if (status !== 200) return `status ${status}`;
      const [first] = readList(body);
      const fits = Number.isInteger(first?.id) && typeof first?.title === "string" && typeof first.content === "string";
      return fits ? null : "it is no list of { id, title, content }";
    },
  },
];

interface Listed {
  readonly id: unknown;
  readonly title: unknown;
  readonly content: unknown;
}

function readList(body: string): Partial<Listed>[] {
  try {
    const list: unknown = JSON.parse(body);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
