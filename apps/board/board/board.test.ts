import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { everywhere, fails, somebody } from "../testing.ts";
import { board } from "./contract.ts";

const draft = { title: "제목", content: "내용" };

everywhere((running) => {
  test("a new deployment shows the three posts of the chapter", async () => {
    const { board } = running().context;
    const expected = [1, 2, 3].map((id) => ({ id, title: `게시물 ${id}`, content: `게시물 ${id}의 내용` }));
    assert.deepEqual(await board.boardList(), expected);
    const { posts, total, pages } = await board.listPosts({});
    assert.deepEqual([posts.map(({ number }) => number), total, pages], [[3, 2, 1], 3, 1]);
  });

  test("who is not signed in cannot write, and members cannot write notices", async () => {
    const { context, as } = running();
    const write = { board: "free", ...draft };
    await assert.rejects(context.board.createPost(write), fails(board.createPost, "forbidden", { reason: "signIn" }));
    const notice = { board: "notices", ...draft };
    const refused = fails(board.createPost, "forbidden", { reason: "adminsOnly" });
    await assert.rejects(as(somebody("회원")).board.createPost(notice), refused);
    assert.equal((await as(somebody("운영", "admin")).board.createPost(notice)).board, "notices");
  });

  test("an unknown board is said to be unknown", async () => {
    const { context, as } = running();
    const missing = { board: "nowhere" };
    await assert.rejects(context.board.listPosts(missing), fails(board.listPosts, "boardNotFound", missing));
    const write = as(somebody("회원")).board.createPost({ ...missing, ...draft });
    await assert.rejects(write, fails(board.createPost, "boardNotFound", missing));
  });

  test("posts written at once get numbers without a gap, and pages of 20 show each once", async () => {
    const { context, as } = running();
    const author = as(somebody("부지런"));
    const write = () => author.board.createPost({ board: "questions", ...draft });
    const written = [];
    for (let index = 0; index < 5; index++)
      written.push(await Promise.all([write(), write(), write(), write(), write()]));
    const numbers = written.flatMap((posts) => posts.map(({ number }) => number)).sort((a, b) => a - b);
    assert.equal(numbers.at(-1)! - numbers[0]!, 24);
    const page = (page: number, sort: "newest" | "oldest") =>
      context.board.listPosts({ board: "questions", page, sort });
    const shown = [await page(1, "newest"), await page(2, "newest"), await page(3, "newest")];
    assert.deepEqual(
      shown.map(({ posts }) => posts.length),
      [20, 5, 0],
    );
    assert.equal(shown[0]!.pages, 2);
    const newest = shown.flatMap(({ posts }) => posts.map(({ number }) => number));
    assert.deepEqual(newest, numbers.toReversed());
    const oldest = [await page(1, "oldest"), await page(2, "oldest")];
    assert.deepEqual(
      oldest.flatMap(({ posts }) => posts.map(({ number }) => number)),
      numbers,
    );
  });

  test("text is tidied, and text that is none is refused before it arrives", async () => {
    const author = running().as(somebody("글쓴이"));
    const post = await author.board.createPost({ board: "free", title: " 한글 ".normalize("NFD"), content: "a\r\nb" });
    assert.deepEqual([post.title, post.content], ["한글", "a\nb"]);
    for (const title of ["\u3164", "a\u0000b", "가".repeat(201)])
      await assert.rejects(author.board.createPost({ board: "free", title, content: "x" }), { code: "invalid" });
  });

  test("only its author and admins change a post", async () => {
    const { as } = running();
    const { number } = await as(somebody("글쓴이")).board.createPost({ board: "free", ...draft });
    const stranger = as(somebody("딴사람"));
    const edit = { number, version: 1, title: "바꿈", content: "바꿈" };
    const reason = { reason: "notAuthor" };
    await assert.rejects(stranger.board.editPost(edit), fails(board.editPost, "forbidden", reason));
    await assert.rejects(stranger.board.deletePost({ number }), fails(board.deletePost, "forbidden", reason));
    assert.equal((await as(somebody("운영", "admin")).board.editPost(edit)).title, "바꿈");
  });

  test("an edit that began with an old version is told so and changes nothing", async () => {
    const { context, as } = running();
    const author = as(somebody("글쓴이"));
    const { number } = await author.board.createPost({ board: "free", ...draft });
    const first = await author.board.editPost({ number, version: 1, title: "하나", content: "하나" });
    assert.equal(first.version, 2);
    assert.notEqual(first.editedAt, null);
    const second = author.board.editPost({ number, version: 1, title: "둘", content: "둘" });
    await assert.rejects(second, fails(board.editPost, "editConflict", { version: 2 }));
    assert.equal((await context.board.getPost({ number })).title, "하나");
  });

  test("a removed post is gone for all but its author and admins, and can be restored", async () => {
    const { context, as } = running();
    const author = as(somebody("글쓴이"));
    const { id, number } = await author.board.createPost({ board: "free", ...draft });
    const { total } = await context.board.listPosts({});
    await author.board.deletePost({ number });
    await author.board.deletePost({ number });
    assert.equal((await context.board.listPosts({})).total, total - 1);
    const gone = fails(board.getPost, "notFound", { number });
    await assert.rejects(context.board.getPost({ number }), gone);
    await assert.rejects(as(somebody("딴사람")).board.getPost({ number }), gone);
    assert.deepEqual(await context.board.getMany({ ids: [id] }), []);
    assert.ok(!(await context.board.boardList()).some((post) => post.id === number));
    assert.notEqual((await author.board.getPost({ number })).removedAt, null);
    assert.equal((await author.board.restore({ number })).removedAt, null);
    assert.equal((await context.board.listPosts({})).total, total);
  });

  test("what an admin removed its author cannot bring back", async () => {
    const { as } = running();
    const author = as(somebody("글쓴이"));
    const admin = as(somebody("운영", "admin"));
    const { number } = await author.board.createPost({ board: "free", ...draft });
    await admin.board.deletePost({ number });
    const refused = fails(board.restore, "forbidden", { reason: "adminsOnly" });
    await assert.rejects(author.board.restore({ number }), refused);
    assert.equal((await admin.board.restore({ number })).removedAt, null);
  });

  test("one key writes one post, however often it is sent", async () => {
    const { context, as } = running();
    const author = as(somebody("두번"));
    const key = randomUUIDv7();
    const send = () => author.board.createPost({ board: "free", ...draft }, { key });
    const before = (await context.board.listPosts({})).total;
    const sent = [await send(), ...(await Promise.all([send(), send()]))];
    assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
    assert.equal((await context.board.listPosts({})).total, before + 1);
  });

  test("a flood is slowed down", async () => {
    const author = running().as(somebody("도배"));
    for (let index = 0; index < 30; index++) await author.board.createPost({ board: "free", ...draft });
    await assert.rejects(author.board.createPost({ board: "free", ...draft }), fails(board.createPost, "tooOften"));
  });
});
