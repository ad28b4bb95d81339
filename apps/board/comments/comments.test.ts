import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { everywhere, fails, somebody } from "../testing.ts";
import { comments } from "./contract.ts";

everywhere((running) => {
  test("answers follow what they answer, and an answer to an answer joins its thread", async () => {
    const { context, as } = running();
    const target = randomUUIDv7();
    const one = as(somebody("하나")).comments;
    const two = as(somebody("둘")).comments;
    const first = await one.add({ target, content: "첫째" });
    const second = await two.add({ target, content: "둘째" });
    const answer = await two.add({ target, parent: first.id, content: "답" });
    const further = await one.add({ target, parent: answer.id, content: "답의 답" });
    assert.equal(further.parent, first.id);
    const { comments, total, pages } = await context.comments.list({ target });
    assert.deepEqual(
      comments.map(({ id }) => id),
      [first.id, answer.id, further.id, second.id],
    );
    assert.deepEqual([total, pages], [4, 1]);
  });

  test("a removed comment keeps its place and loses its text and author", async () => {
    const { context, as } = running();
    const target = randomUUIDv7();
    const author = as(somebody("지움")).comments;
    const { id } = await author.add({ target, content: "지울 말" });
    await author.add({ target, parent: id, content: "남을 말" });
    await author.remove({ id });
    await author.remove({ id });
    const { comments: shown, total } = await context.comments.list({ target });
    assert.deepEqual([shown[0]!.id, shown[0]!.content, shown[0]!.author], [id, null, null]);
    assert.deepEqual([shown[1]!.content, total], ["남을 말", 1]);
    assert.deepEqual(await context.comments.counts({ targets: [target] }), { [target]: 1 });
    await assert.rejects(author.edit({ id, version: 2, content: "다시" }), fails(comments.edit, "notFound", { id }));
    const answer = author.add({ target, parent: id, content: "늦은 답" });
    await assert.rejects(answer, fails(comments.add, "notFound", { id }));
  });

  test("only its author and admins change a comment, from the version that is there", async () => {
    const { context, as } = running();
    const target = randomUUIDv7();
    const author = as(somebody("쓴이")).comments;
    const stranger = as(somebody("딴이")).comments;
    const { id } = await author.add({ target, content: "말" });
    const reason = { reason: "notAuthor" };
    await assert.rejects(stranger.remove({ id }), fails(comments.remove, "forbidden", reason));
    await assert.rejects(
      stranger.edit({ id, version: 1, content: "남의 말" }),
      fails(comments.edit, "forbidden", reason),
    );
    await assert.rejects(
      context.comments.add({ target, content: "손님" }),
      fails(comments.add, "forbidden", { reason: "signIn" }),
    );
    assert.equal((await author.edit({ id, version: 1, content: "고친 말" })).version, 2);
    const late = author.edit({ id, version: 1, content: "늦은 말" });
    await assert.rejects(late, fails(comments.edit, "editConflict", { version: 2 }));
    assert.equal((await as(somebody("운영", "admin")).comments.remove({ id })).content, null);
  });

  test("comments go with their post and come back with it", async () => {
    const { context, as, settled } = running();
    const author = as(somebody("글쓴이"));
    const { id: target, number } = await author.board.createPost({ board: "free", title: "글", content: "글" });
    const { id } = await author.comments.add({ target, content: "말" });
    await author.board.deletePost({ number });
    await settled();
    assert.deepEqual((await context.comments.list({ target })).comments, []);
    assert.deepEqual(await context.comments.counts({ targets: [target] }), { [target]: 0 });
    const late = author.comments.add({ target, content: "늦은 말" });
    await assert.rejects(late, fails(comments.add, "notFound", { id: target }));
    await assert.rejects(author.comments.edit({ id, version: 1, content: "x" }), fails(comments.edit, "notFound"));
    await author.board.restore({ number });
    await settled();
    assert.equal((await context.comments.list({ target })).total, 1);
  });

  test("comments are counted for every target asked about, in the letters in which it was asked", async () => {
    const { context, as } = running();
    const [target, none] = [randomUUIDv7(), randomUUIDv7()];
    const author = as(somebody("셈")).comments;
    await Promise.all(["하나", "둘", "셋"].map((content) => author.add({ target, content })));
    const loud = target.toUpperCase();
    const counts = await context.comments.counts({ targets: [target, none, loud] });
    assert.deepEqual(counts, { [target]: 3, [none]: 0, [loud]: 3 });
    assert.deepEqual(await context.comments.counts({ targets: [] }), {});
  });
});
