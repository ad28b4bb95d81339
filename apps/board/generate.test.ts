import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { PostDraft } from "./board/contract.ts";
import { CommentContent } from "./comments/contract.ts";
import { columns, generate, sizes, type Generated, type Row } from "./generate.ts";

function digest(made: Generated): string {
  const hash = createHash("sha256");
  const tables = [made.users("x"), made.handles(), made.posts(4), made.comments(), made.targets()];
  for (const table of tables) for (const row of table) hash.update(JSON.stringify(row));
  return hash.digest("hex");
}

/** Rows as objects. */
function read(table: keyof typeof columns, rows: Iterable<Row>): Record<string, any>[] {
  return [...rows].map((row) => {
    assert.equal(row.length, columns[table].length);
    return Object.fromEntries(columns[table].map((column, index) => [column, row[index]]));
  });
}

test("one seed gives the same bytes, today and on every machine", () => {
  assert.equal(digest(generate("XS", "a")), "8bcb161cdbbfbf2e40f6432508eb0cd0be20072f382930d839efa6a9acb2483b");
});

test("another seed or size gives other data", () => {
  assert.notEqual(digest(generate("XS", "a")), digest(generate("XS", "b")));
});

test("asking twice gives the same rows", () => {
  const made = generate("XS", "a");
  assert.equal(digest(made), digest(made));
});

test("there are as many rows as the size says, and texts that the contracts accept", () => {
  const made = generate("XS", "a");
  const posts = read("posts", made.posts(4));
  const comments = read("comments", made.comments());
  assert.equal(posts.length, sizes.XS.posts);
  assert.equal(comments.length, sizes.XS.comments);
  assert.equal(read("users", made.users("x")).length, sizes.XS.users);
  for (const { title, content } of posts) assert.deepEqual(PostDraft.parse({ title, content }), { title, content });
  for (const { content } of comments) if (content !== null) assert.equal(CommentContent.parse(content), content);
});

test("counts say what the rows say", () => {
  const made = generate("XS", "a");
  const posts = read("posts", made.posts(4));
  const comments = read("comments", made.comments());
  const shown = posts.filter(({ removed_at }) => removed_at === null);
  assert.ok(shown.length < posts.length);
  for (const [board, count] of made.shown())
    assert.equal(shown.filter((post) => post["board"] === board).length, count);
  for (const { id, places, shown, removed } of read("targets", made.targets())) {
    const below = comments.filter(({ target }) => target === id);
    assert.equal(below.length, places);
    assert.equal(below.filter(({ content }) => content !== null).length, shown);
    assert.equal(posts.find((post) => post["id"] === id)!["removed_at"] !== null, removed);
  }
});

test("a comment comes after its post and after the comment that it answers", () => {
  const made = generate("XS", "a");
  const posts = new Map(read("posts", made.posts(4)).map((post) => [post["id"], post]));
  const comments = new Map(read("comments", made.comments()).map((comment) => [comment["id"], comment]));
  let answers = 0;
  for (const { id, target, root, created_at } of comments.values()) {
    assert.ok(created_at >= posts.get(target)!["created_at"]);
    if (root === id) continue;
    answers++;
    assert.equal(comments.get(root)!["target"], target);
    assert.ok(created_at >= comments.get(root)!["created_at"]);
  }
  assert.ok(answers > 10);
});
