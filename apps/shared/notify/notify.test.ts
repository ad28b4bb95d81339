import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import pg from "pg";
import type { PageContext, User } from "seamline";
import { eachPlacement, type TestApp } from "../../../test/suites/placements.ts";
import type { board } from "../../board/board/contract.ts";
import type { comments } from "../../board/comments/contract.ts";
import app from "../../board/with-notes.ts";
import { closedName, type accounts } from "../accounts/contract.ts";
import { fails, somebody } from "../testing.ts";
import { notesPerPage, notify } from "./contract.ts";

type Clients = PageContext<{
  accounts: typeof accounts;
  board: typeof board;
  comments: typeof comments;
  notify: typeof notify;
}>;
interface Running extends Omit<TestApp, "context" | "as"> {
  readonly context: Clients;
  as(user: User): Clients;
}

const password = "비가 오면 우산을 쓴다";
const dayMs = 86_400_000;

async function write({ as }: Running, author: User, title = "글") {
  return await as(author).board.createPost({ board: "free", title, content: "글" });
}

async function comment({ as }: Running, author: User, target: string, parent: string | null = null) {
  return await as(author).comments.add({ target, parent, content: "말" });
}

async function notesOf({ as, settled }: Running, user: User) {
  await settled();
  return (await as(user).notify.list({})).notes;
}

eachPlacement(app, import.meta.resolve("../../board/with-notes.ts"), (view) => {
  const running = view as unknown as () => Running;

  test("who wrote a post hears once of each comment, and nobody of their own", async () => {
    const [author, guest] = [somebody("글쓴이"), somebody("손님")];
    const { id: target, number } = await write(running(), author, "첫 글");
    const { id } = await comment(running(), guest, target);
    await comment(running(), author, target);
    const notes = await notesOf(running(), author);
    assert.deepEqual(
      notes.map(({ type, data, link, read }) => ({ type, data, link, read })),
      [
        {
          type: "commentAdded",
          data: { title: "첫 글", by: "손님" },
          link: `/board/${number}#comment-${id}`,
          read: false,
        },
      ],
    );
    assert.deepEqual(await running().as(author).notify.unreadCount(), { unread: 1 });
    assert.deepEqual(await notesOf(running(), guest), []);
  });

  test("an answer is told to who is answered and to who wrote the post, but to one person once", async () => {
    const [author, first, second] = [somebody("글쓴이"), somebody("첫째"), somebody("둘째")];
    const { id: target } = await write(running(), author);
    const { id: parent } = await comment(running(), first, target);
    await comment(running(), second, target, parent);
    const types = async (user: User) => (await notesOf(running(), user)).map(({ type }) => type);
    assert.deepEqual(await types(first), ["answerAdded"]);
    assert.deepEqual(await types(author), ["commentAdded", "commentAdded"]);
    const { id: own } = await comment(running(), author, target);
    await comment(running(), second, target, own);
    assert.deepEqual(await types(author), ["answerAdded", "commentAdded", "commentAdded"]);
  });

  test("a comment that overtakes the news of its post is told when they come", async () => {
    const { stores, settled } = running();
    const [author, guest] = [somebody("글쓴이"), somebody("성급")];
    const { id: target } = await write(running(), author);
    await settled();
    // As if the news of the post had not come yet: taken away here, and told again by an edit below.
    const { schema, ...address } = stores["notify"]!;
    const client = new pg.Client(address);
    await client.connect();
    const known = await client.query(`delete from ${schema}.things where id = $1 returning *`, [target]);
    await comment(running(), guest, target);
    assert.deepEqual(await notesOf(running(), author), []);
    const { rows } = await client.query(`select event from ${schema}.waiting where thing = $1`, [target]);
    assert.deepEqual(rows, [{ event: "comments.commentAdded" }]);
    const { id, owner_id, data, link } = known.rows[0];
    await client.query(`insert into ${schema}.things values ($1, $2, $3, $4)`, [id, owner_id, data, link]);
    await client.end();
    await running()
      .as(author)
      .board.editPost({ number: Number(link.slice(7)), version: 1, title: "새", content: "글" });
    const notes = await notesOf(running(), author);
    assert.deepEqual(
      notes.map(({ data }) => data),
      [{ title: "새", by: "성급" }],
    );
  });

  test("notes are read one by one and all at once, by nobody else", async () => {
    const { as } = running();
    const [author, guest] = [somebody("글쓴이"), somebody("손님")];
    const { id: target } = await write(running(), author);
    for (let index = 0; index < 3; index++) await comment(running(), guest, target);
    const [newest] = await notesOf(running(), author);
    const mine = as(author).notify;
    assert.deepEqual(await as(guest).notify.markRead({ ids: [newest!.id] }), { read: 0 });
    assert.deepEqual(await mine.markRead({ ids: [] }), { read: 0 });
    assert.deepEqual(await mine.markRead({ ids: [newest!.id, randomUUIDv7()] }), { read: 1 });
    assert.deepEqual(await mine.unreadCount(), { unread: 2 });
    const read = (await notesOf(running(), author)).filter((note) => note.read);
    assert.deepEqual(
      read.map(({ id }) => id),
      [newest!.id],
    );
    assert.deepEqual(await mine.markRead({}), { read: 2 });
    assert.deepEqual(await mine.unreadCount(), { unread: 0 });
    await assert.rejects(running().context.notify.unreadCount(), fails(notify.unreadCount, "signInNeeded"));
    await assert.rejects(running().context.notify.list({}), fails(notify.list, "signInNeeded"));
  });

  test("the list has pages, the newest first", async () => {
    const [author, guest] = [somebody("글쓴이"), somebody("말많은이")];
    const { id: target } = await write(running(), author);
    const ids = [];
    for (let index = 0; index <= notesPerPage; index++) ids.push((await comment(running(), guest, target)).id);
    await notesOf(running(), author);
    const { notify: mine } = running().as(author);
    const [one, two, three] = [await mine.list({}), await mine.list({ page: 2 }), await mine.list({ page: 3 })];
    assert.deepEqual([one.pages, one.notes.length, two.notes.length, three.notes.length], [2, notesPerPage, 1, 0]);
    const order = [...one.notes, ...two.notes].map(({ link }) => link.split("#comment-")[1]);
    assert.deepEqual(order, ids.toReversed());
  });

  test("what somebody muted is not told, until they want it again", async () => {
    const [author, guest] = [somebody("글쓴이"), somebody("손님")];
    const mine = () => running().as(author).notify;
    const { id: target } = await write(running(), author);
    const muted = ["commentAdded"];
    assert.deepEqual(await mine().setPreferences({ muted: [...muted, ...muted] }), { muted });
    assert.deepEqual(await mine().preferences(), { muted });
    await comment(running(), guest, target);
    assert.deepEqual(await notesOf(running(), author), []);
    const unknown = mine().setPreferences({ muted: ["weather"] });
    const known = ["commentAdded", "answerAdded"];
    await assert.rejects(unknown, fails(notify.setPreferences, "unknownType", { type: "weather", known }));
    assert.deepEqual(await mine().setPreferences({ muted: [] }), { muted: [] });
    await comment(running(), guest, target);
    assert.equal((await notesOf(running(), author)).length, 1);
  });

  test("names in notes are those of today; who leaves is named in none, and has none", async () => {
    const { context, as, settled } = running();
    const { user: author } = await context.accounts.register({ username: "받는이", password });
    const { user: guest } = await context.accounts.register({ username: "보낸이", password });
    const { id: target } = await write(running(), author);
    await comment(running(), guest, target);
    await settled();
    await as(guest).accounts.rename({ username: "새보낸이" });
    const by = async () => (await notesOf(running(), author)).map(({ data }) => data["by"]);
    await settled();
    assert.deepEqual(await by(), ["새보낸이"]);
    await as(guest).accounts.close({ password });
    await settled();
    assert.deepEqual(await by(), [closedName]);

    await as(author).accounts.close({ password });
    await settled();
    assert.deepEqual(await notesOf(running(), author), []);
    await comment(running(), somebody("늦은이"), target);
    assert.deepEqual(await notesOf(running(), author), []);
  });

  test("notes are kept for 90 days", async () => {
    const [author, guest] = [somebody("글쓴이"), somebody("손님")];
    const { id: target } = await write(running(), author);
    await comment(running(), guest, target);
    assert.equal((await notesOf(running(), author)).length, 1);
    await running().moveClock(89 * dayMs);
    await comment(running(), guest, target);
    assert.equal((await notesOf(running(), author)).length, 2);
    await running().moveClock(2 * dayMs);
    const end = Date.now() + 10_000;
    while ((await notesOf(running(), author)).length > 1) assert.ok(Date.now() < end, "the old one is still there");
    assert.equal((await notesOf(running(), author)).length, 1);
  });
});
