import { handleOf } from "../shared/accounts/names.ts";
import { article, remark, title } from "../shared/seed/korean.ts";
import { usernames } from "../shared/seed/people.ts";
import { Random } from "../shared/seed/random.ts";

/**
 * Made-up people, posts and comments: the same rows, to the byte, for one size and seed. What rows of several tables
 * share (ids, times, authors) is made first; texts are made while rows are asked for, so that L fits in memory.
 */

export const sizes = {
  XS: { users: 30, posts: 60, comments: 200 },
  S: { users: 10_000, posts: 50_000, comments: 200_000 },
  L: { users: 100_000, posts: 500_000, comments: 2_000_000 },
} as const;

export type Size = keyof typeof sizes;
export type Row = readonly unknown[];

/** What is written here lies in the ten months before this. A fixed time, or the bytes would differ from day to day. */
const endMs = Date.UTC(2026, 10, 1);
const hourMs = 3_600_000;
const beginMs = endMs - 300 * 24 * hourMs;
/** For how long after it is written a post is talked about. */
const talkMs = 14 * 24 * hourMs;

/** Boards that members write on, the first three times as often. */
const boards = ["free", "free", "free", "questions"];

interface Person {
  readonly id: string;
  readonly name: string;
  readonly joinedMs: number;
}

interface Post {
  readonly id: string;
  readonly board: string;
  readonly author: Person;
  readonly createdMs: number;
  readonly editedMs: number | null;
  readonly removed: boolean;
  comments: number;
}

/** Rows of every table, each in the order of its `columns`; times are ISO text. Each may be asked for more than once. */
export interface Generated {
  users(password: string): Iterable<Row>;
  handles(): Iterable<Row>;
  posts(firstNumber: number): Iterable<Row>;
  /** How many posts are there for everybody, by board. */
  shown(): Map<string, number>;
  comments(): Iterable<Row>;
  targets(): Iterable<Row>;
}

export const columns = {
  users: ["id", "name", "password", "created_at"],
  handles: ["handle", "user_id", "taken_at"],
  posts: "id number board title content author_id author_name created_at edited_at removed_at removed_by version".split(
    " ",
  ),
  comments: "id target root content author_id author_name created_at edited_at version".split(" "),
  targets: ["id", "removed", "version", "shown", "places"],
} as const;

/** What the names of its people are made from. */
export function namesOf(size: Size, seed: string): string {
  return `${seed}/${size}/names`;
}

export function generate(size: Size, seed: string): Generated {
  const chance = (of: string): Random => new Random(`${seed}/${size}/${of}`);
  const people = peopleOf(chance("people"), namesOf(size, seed), sizes[size].users);
  const posts = postsOf(chance("posts"), people, size);
  return {
    *users(password) {
      for (const { id, name, joinedMs } of people) yield [id, name, password, iso(joinedMs)];
    },
    *handles() {
      for (const { id, name, joinedMs } of people) yield [handleOf(name), id, iso(joinedMs)];
    },
    *posts(firstNumber) {
      const random = chance("texts");
      for (const [index, post] of posts.entries()) yield postRow(post, firstNumber + index, random);
    },
    shown() {
      const shown = new Map<string, number>();
      for (const { board, removed } of posts) if (!removed) shown.set(board, (shown.get(board) ?? 0) + 1);
      return shown;
    },
    *comments() {
      const random = chance("comments");
      for (const post of posts) yield* commentRows(post, people, random);
    },
    *targets() {
      for (const post of posts) {
        if (post.comments === 0 && !post.removed) continue;
        const shown = post.comments - Math.floor(post.comments / everyRemoved);
        yield [post.id, post.removed, post.removed ? versionOf(post) : 0, shown, post.comments];
      }
    },
  };
}

/** One post and one comment in this many are removed; by position, so that counts need no second look at the rows. */
const everyRemoved = 50;

function isRemoved(index: number): boolean {
  return index % everyRemoved === everyRemoved - 1;
}

function peopleOf(random: Random, names: string, count: number): Person[] {
  return [...usernames(names, count)].map((name, index) => {
    const joinedMs = beginMs - (count - index) * 1000;
    return { id: random.uuid(joinedMs), name, joinedMs };
  });
}

function postsOf(random: Random, people: readonly Person[], size: Size): Post[] {
  const { posts: count, comments } = sizes[size];
  const posts = Array.from({ length: count }, (_, index): Post => {
    const createdMs = Math.floor(beginMs + ((endMs - beginMs) * (index + random.unit())) / count);
    const id = random.uuid(createdMs);
    const author = people[random.skewed(people.length)]!;
    const editedMs = random.chance(0.05) ? createdMs + random.below(hourMs) : null;
    return { id, board: random.pick(boards), author, createdMs, editedMs, removed: isRemoved(index), comments: 0 };
  });
  // Which posts are much talked about has nothing to do with when they were written.
  const byFame = random.shuffled(posts);
  for (let index = 0; index < comments; index++) byFame[random.skewed(count)]!.comments++;
  return posts;
}

function versionOf(post: Post): number {
  return 1 + (post.editedMs === null ? 0 : 1) + (post.removed ? 1 : 0);
}

function postRow(post: Post, number: number, random: Random): Row {
  const { id, board, author, createdMs, editedMs, removed } = post;
  const removal = removed ? [iso(createdMs + hourMs), author.id] : [null, null];
  const edited = editedMs === null ? null : iso(editedMs);
  const texts = [title(random), article(random)];
  return [id, number, board, ...texts, author.id, author.name, iso(createdMs), edited, ...removal, versionOf(post)];
}

/** The comments below a post, in the order of time; a third of them answer an earlier one. */
function* commentRows(post: Post, people: readonly Person[], random: Random): Generator<Row> {
  const roots: string[] = [];
  const stepMs = Math.min(talkMs, endMs - post.createdMs) / (post.comments + 1);
  for (let index = 0; index < post.comments; index++) {
    const createdMs = Math.floor(post.createdMs + stepMs * (index + random.unit()));
    const id = random.uuid(createdMs);
    const root = roots.length > 0 && random.chance(0.33) ? random.pick(roots) : id;
    if (root === id) roots.push(id);
    const author = people[random.skewed(people.length)]!;
    const text = remark(random);
    const removed = isRemoved(index);
    const content = removed ? null : text;
    yield [id, post.id, root, content, author.id, author.name, iso(createdMs), null, removed ? 2 : 1];
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
