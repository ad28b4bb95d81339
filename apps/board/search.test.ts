import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageContext, User } from "seamline";
import { eachPlacement, type TestApp } from "../../test/suites/placements.ts";
import type { search } from "../shared/search/contract.ts";
import { somebody } from "../shared/testing.ts";
import type { board } from "./board/contract.ts";
import app from "./with-search.ts";

type Clients = PageContext<{ board: typeof board; search: typeof search }>;
interface Running extends Omit<TestApp, "context" | "as"> {
  readonly context: Clients;
  as(user: User): Clients;
}

eachPlacement(app, import.meta.resolve("./with-search.ts"), (body) => {
  const running = body as unknown as () => Running;

  async function found(q: string, tags: string[] = []): Promise<number[]> {
    const { hits } = await running().context.search.search({ kind: "post", q, tags });
    return hits.map(({ numbers }) => numbers["number"]!);
  }

  test("posts that were there before search was are found without anybody's asking for it", async () => {
    const end = Date.now() + 10_000;
    while ((await found("게시물")).length < 3 && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await found("게시물"), [3, 2, 1]);
  });

  test("a post is found by its title and text as they are now, and while it is there", async () => {
    const author = somebody("글쓴이");
    const { board } = running().as(author);
    const draft = { board: "free", title: "첫눈 소식", content: "강릉에 함박눈이 내립니다." };
    const { number } = await board.createPost(draft);
    await running().settled();
    assert.deepEqual([await found("박눈"), await found("첫눈 강릉")], [[number], [number]]);
    assert.deepEqual(await found("눈", [`author:${author.id}`, "board:free"]), [number]);
    await board.editPost({ number, version: 1, title: "첫비 소식", content: "비가 옵니다." });
    await running().settled();
    assert.deepEqual([await found("박눈"), await found("첫비")], [[], [number]]);
    await board.deletePost({ number });
    await running().settled();
    assert.deepEqual(await found("첫비"), []);
    await board.restore({ number });
    await running().settled();
    assert.deepEqual(await found("첫비"), [number]);
  });
});
