import assert from "node:assert/strict";
import { test } from "node:test";
import type { Site } from "../../suites/site.ts";
import { comment, describedAs, en, fill, ko, newName, password, pathOf, press, signUp, write } from "./people.ts";

/** What everybody can do on the board, with the browser's script or without it. */
export function walks(site: () => Site, script: boolean): void {
  const enter = (locale = "ko-KR") => site().visitor({ script, locale });

  test("the chapter's pages lead to each other, and any other address is a page that says so", async () => {
    await using visitor = await enter();
    const { page } = visitor;
    assert.equal((await page.goto("/"))!.status(), 200);
    await press(page, `main a[href="/login"]`);
    assert.equal(pathOf(page), "/login");
    await page.getByLabel("사용자명").fill("아무개");
    await page.getByLabel("비밀번호").fill("아무 말");
    assert.equal(await page.locator("main form button").innerText(), "로그인");
    assert.deepEqual(
      await page.locator("main form input:visible").evaluateAll((all) => all.map((one) => one.getAttribute("name"))),
      ["username", "password"],
    );
    await press(page, `main a[href="/"]`);
    await press(page, `main a[href="/board"]`);
    const titles = await page.locator("#posts .post-title").allInnerTexts();
    assert.deepEqual(titles.slice(-3), ["게시물 3", "게시물 2", "게시물 1"]);
    await press(page, page.locator(".post-title", { hasText: /^게시물 1$/ }));
    assert.match(await page.locator("#post .prose").innerText(), /게시물 1의 내용/);
    await press(page, `main .back a[href="/board"]`);
    await press(page, `main .back a[href="/"]`);
    assert.equal(pathOf(page), "/");
    for (const unknown of ["/no/such/page", "/board/999999", "/board?page=999"])
      assert.equal((await page.goto(unknown))!.status(), 404, unknown);
    assert.equal((await page.goto("/unknown"))!.headers()["content-type"], "text/html; charset=utf-8");
    await press(page, `#not-found a[href="/board"]`);
    assert.equal(pathOf(page), "/board");
    assert.deepEqual(visitor.complaints, []);
  });

  test("signing up, out and in: what is wrong is told beside its field, and nothing typed is lost but passwords", async () => {
    await using visitor = await enter();
    const { page } = visitor;
    const username = newName();
    await page.goto("/board/new");
    assert.equal(pathOf(page), "/login");
    await press(page, `main a[href^="/signup"]`);
    await fill(page, { username, password: "짧다" });
    assert.equal(await press(page, "main form button"), 422);
    assert.match(await describedAs(page.getByLabel(ko.password)), new RegExp(ko.weak.tooShort));
    assert.equal(await page.getByLabel(ko.username).inputValue(), username);
    assert.equal(await page.getByLabel(ko.password).inputValue(), "");
    await fill(page, { password });
    assert.equal(await press(page, "main form button"), 200);
    assert.deepEqual([pathOf(page), await page.locator("#done").innerText()], ["/board/new", ko.done.welcome]);
    assert.match(await page.locator("nav.menu").innerText(), new RegExp(username));

    await press(page, "#sign-out button");
    assert.deepEqual([pathOf(page), await page.locator("#done").innerText()], ["/", ko.done.signedOut]);
    await page.goto("/board/new");
    assert.equal(pathOf(page), "/login");

    await fill(page, { username });
    assert.equal(await press(page, "main form button"), 422);
    assert.equal(await describedAs(page.getByLabel(ko.password)), ko.passwordMissing);
    await fill(page, { password: `${password}!` });
    assert.equal(await press(page, "main form button"), 422);
    // Which of the two is wrong is nobody's business, so it is told for both.
    assert.equal(await page.locator("#problems h2").innerText(), ko.wrongCredentials);
    assert.equal(await page.getByLabel(ko.username).inputValue(), username);
    await fill(page, { password });
    await press(page, "main form button");
    assert.equal(pathOf(page), "/board/new");
    assert.deepEqual(visitor.complaints, []);
  });

  test("a post is written, read, edited, deleted and restored", async () => {
    await using writer = await enter();
    await using reader = await enter();
    const { page } = writer;
    await signUp(writer);
    await page.goto("/board");
    await press(page, "#write");
    assert.equal(await press(page, "#post-form .button:not(.quiet)"), 422);
    assert.match(await describedAs(page.getByLabel(ko.title)), /제목/);
    assert.match(await describedAs(page.getByLabel(ko.content)), /빈 글/);
    const number = await write(writer, "첫눈", "**하얀** 마당\n\n- 발자국");
    assert.equal(await page.locator("#done").innerText(), ko.done.written);

    const address = `/board/${number}`;
    assert.equal((await reader.page.goto(address))!.status(), 200);
    assert.equal(await reader.page.locator("#post .prose strong").innerText(), "하얀");
    assert.equal(await reader.page.locator("#post .prose li").innerText(), "발자국");
    assert.equal(await reader.page.locator("#edit, #delete").count(), 0);

    await press(page, "#edit");
    assert.equal(await page.getByLabel(ko.title).inputValue(), "첫눈");
    await fill(page, { title: "첫눈, 다시", content: "" });
    assert.equal(await press(page, "#post-form .button:not(.quiet)"), 422);
    assert.equal(await page.getByLabel(ko.title).inputValue(), "첫눈, 다시");
    await fill(page, { content: "녹았다." });
    await press(page, "#post-form .button:not(.quiet)");
    assert.deepEqual([pathOf(page), await page.locator("#done").innerText()], [address, ko.done.edited]);
    await reader.page.reload();
    assert.equal(await reader.page.locator("h1").innerText(), "첫눈, 다시");

    await press(page, "#delete");
    await press(page, `#confirm a[href="${address}"]`);
    assert.equal(await page.locator("#removed").count(), 0, "nothing is deleted by asking");
    await press(page, "#delete");
    await press(page, "#confirm button");
    assert.deepEqual([pathOf(page), await page.locator("#done").innerText()], ["/board", ko.done.deleted]);
    assert.equal(await page.locator(`.post[data-number="${number}"]`).count(), 0);
    assert.equal((await reader.page.goto(address))!.status(), 404);
    await page.goto(address);
    assert.equal(await page.locator("#removed").innerText(), ko.removedPost);
    await press(page, "#restore button");
    assert.equal(await page.locator("#done").innerText(), ko.done.restored);
    assert.equal((await reader.page.goto(address))!.status(), 200);
    assert.deepEqual([...writer.complaints, ...reader.complaints], []);
  });

  test("a comment is written, answered, edited and removed, and its place is kept", async () => {
    await using visitor = await enter();
    const { page } = visitor;
    const name = await signUp(visitor);
    await write(visitor, "댓글을 기다리며");
    assert.equal(await page.locator("#comments .empty").innerText(), ko.noComments);
    assert.equal(await press(page, "#comment-form button"), 422);
    assert.match(await describedAs(page.getByLabel(ko.commentField)), /빈 댓글/);
    const first = await comment(visitor, "처음 *뵙겠습니다*");
    assert.equal(await page.locator("#done").innerText(), ko.done.commented);
    assert.equal(await first.locator(".prose em").innerText(), "뵙겠습니다");

    await press(page, first.getByRole("link", { name: ko.of(ko.answer, name) }));
    const answer = await comment(visitor, "저도요");
    assert.match((await answer.getAttribute("class"))!, /\banswer\b/);
    await press(page, answer.getByRole("link", { name: ko.of(ko.edit, name) }));
    assert.equal(await page.getByLabel(ko.editComment).inputValue(), "저도요");
    await fill(page, { content: "저도 반갑습니다" });
    await press(page, "#comment-form .button:not(.quiet)");
    assert.equal(await page.locator("#done").innerText(), ko.done.commentEdited);
    assert.equal(await answer.locator(".prose").innerText(), "저도 반갑습니다");

    await press(page, first.getByRole("link", { name: ko.of(ko.remove, name) }));
    await press(page, "#confirm button");
    assert.equal(await page.locator("#done").innerText(), ko.done.commentRemoved);
    assert.equal(await first.innerText(), ko.removedComment);
    assert.equal(await answer.locator(".prose").innerText(), "저도 반갑습니다");
    assert.equal(await page.locator("#comments-title").innerText(), ko.commentsTotal("1"));
    assert.deepEqual(visitor.complaints, []);
  });

  test("a form that is sent twice has one effect", async () => {
    await using visitor = await enter();
    const { page, context } = visitor;
    const name = await signUp(visitor);
    const ours = (title: string) => page.locator(".post", { hasText: `${title} ${name}` }).count();
    await page.goto("/board/new");
    const token = await page.locator("#post-form [name=token]").inputValue();
    const board = await page.locator("#post-form [name=board]").inputValue();
    const form = { token, board, title: `쌍둥이 ${name}`, content: "하나" };
    const send = () => context.request.post("/board/new", { form, maxRedirects: 0 });
    const [one, two] = await Promise.all([send(), send()]);
    assert.deepEqual([one.status(), two.status()], [303, 303]);
    assert.equal(one.headers()["location"], two.headers()["location"]);

    await fill(page, { title: `겹누름 ${name}`, content: "둘" });
    await page.locator("#post-form .button:not(.quiet)").dblclick();
    await page.waitForURL(/\/board\/\d+/);
    await page.goto("/board");
    assert.deepEqual([await ours("쌍둥이"), await ours("겹누름")], [1, 1]);
  });

  test("the language follows the browser until it is switched, and then the choice", async () => {
    await using visitor = await enter("en-GB");
    const { page } = visitor;
    const spoken = async () => [await page.locator("html").getAttribute("lang"), await page.locator("h1").innerText()];
    await page.goto("/board");
    assert.deepEqual(await spoken(), ["en", en.board]);
    await press(page, page.getByRole("link", { name: "한국어" }));
    assert.deepEqual(await spoken(), ["ko", ko.board]);
    await page.goto("/login");
    assert.deepEqual(await spoken(), ["ko", ko.signIn]);
    assert.equal((await page.goto("/unknown"))!.headers()["content-language"], "ko");
    await press(page, page.getByRole("link", { name: "English" }));
    assert.deepEqual(await spoken(), ["en", en.notFound]);
    await page.goto("/board");
    assert.deepEqual(await spoken(), ["en", en.board]);
    assert.deepEqual(visitor.complaints, []);
  });
}
