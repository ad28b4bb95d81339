import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Site } from "../../suites/site.ts";
import { comment, fill, follow, newName, password, pathOf, press, signUp, write } from "./people.ts";

/** What others must not be able to do to a person on the board, as that person's browser sees it. */
export function guards(site: () => Site): void {
  const enter = () => site().visitor();

  test("the session's cookie is out of reach for scripts and for other sites", async () => {
    await using visitor = await enter();
    await signUp(visitor);
    const session = (await visitor.context.cookies()).find(({ name }) => name.startsWith("session-"));
    assert.ok(session);
    assert.deepEqual([session.httpOnly, session.sameSite, session.path], [true, "Lax", "/"]);
    await visitor.page.goto("/");
    assert.doesNotMatch(await visitor.page.evaluate(() => document.cookie), /session|visitor/);
  });

  test("a form on another site's page is refused and has no effect, be it on this host or on another", async () => {
    await using visitor = await enter();
    const { page } = visitor;
    await signUp(visitor);
    await page.goto("/board/new");
    // Even a token that is good for this very person does not help.
    const token = await page.locator("#post-form [name=token]").inputValue();
    const fields = { token, board: "free", title: "남의 글", content: "남의 뜻" };
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
    const body = `<!doctype html><form method="post" action="${site().url}/board/new">${inputs.join("")}<button>선물</button></form>`;
    const evil = createServer((_request, response) => {
      response.setHeader("content-type", "text/html; charset=utf-8").end(body);
    }).listen(0, "127.0.0.1");
    await once(evil, "listening");
    try {
      const { port } = evil.address() as AddressInfo;
      for (const host of ["127.0.0.1", "localhost"]) {
        await page.goto(`http://${host}:${port}/`);
        assert.equal(await press(page, "button"), 403, host);
        assert.equal(await page.locator("#cross-site").count(), 1, host);
      }
    } finally {
      evil.closeAllConnections();
      evil.close();
    }
    await page.goto("/board");
    assert.equal(await page.locator(".post-title", { hasText: "남의 글" }).count(), 0);
    assert.equal(await page.locator("#sign-out").count(), 1, "the visitor is still signed in");
  });

  test("what people write never runs, in posts, titles, comments and the refreshed list", async () => {
    await using visitor = await enter();
    const { page, complaints } = visitor;
    await signUp(visitor);
    const attack = [
      `<script>window.ran = "script"</script>`,
      `<img src="x" onerror="window.ran = 'img'">`,
      `<svg onload="window.ran = 'svg'"></svg>`,
      `[부르기](javascript:window.ran='link') [또](JaVaScRiPt&#58;window.ran='coded') [자료](data:text/html,<script>1</script>)`,
      `![그림](javascript:window.ran='image')`,
      `<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>`,
    ].join("\n\n");
    const title = `</bdi><img src=x onerror="window.ran='title'">`;
    const ran = () => page.evaluate(() => (globalThis as { ran?: string }).ran ?? "nothing");
    const number = await write(visitor, title, attack);
    const placed = await comment(visitor, attack);
    assert.equal(await ran(), "nothing");
    assert.equal(await page.locator("h1").innerText(), title);
    assert.match(await placed.innerText(), /window\.ran = "script"/, "it is shown as the text that it is");
    const links = page.locator(`main :is(a[href^="javascript" i], a[href^="data" i], iframe, script, svg, img)`);
    assert.equal(await links.count(), 0);
    for (const name of ["부르기", "또", "자료"])
      for (const link of await page.getByRole("link", { name, exact: true }).all())
        await link.click({ noWaitAfter: true });
    assert.equal(await ran(), "nothing");

    await page.goto("/board");
    // The script then adds the row itself, from what board_list tells.
    await page.evaluate((gone) => document.querySelector(`[data-number="${gone}"]`)!.remove(), number);
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.locator(`[data-number="${number}"]`).waitFor();
    assert.equal(await page.locator(`[data-number="${number}"] .post-title`).innerText(), title);
    assert.equal(await ran(), "nothing");
    assert.deepEqual(complaints, [], "nothing was left for the content security policy to stop");
  });

  test("signing in leads to an address of this site, whatever the link said", async () => {
    await using visitor = await enter();
    const { page } = visitor;
    const username = await signUp(visitor);
    for (const next of ["//evil.test", "/\\evil.test", "/.//evil.test"]) {
      await visitor.context.clearCookies();
      await page.goto(`/login?next=${encodeURIComponent(next)}`);
      await fill(page, { username, password });
      await press(page, "main form button");
      assert.equal(new URL(page.url()).origin, site().url, next);
      // Being signed in already is another way through the same door.
      await page.goto(`/login?next=${encodeURIComponent(next)}`);
      assert.equal(new URL(page.url()).origin, site().url, next);
    }
    await visitor.context.clearCookies();
    await page.goto(`/login?next=${encodeURIComponent("/board/1#comments")}`);
    await fill(page, { username, password });
    await press(page, "main form button");
    assert.equal(page.url(), `${site().url}/board/1#comments`);
  });

  test("nobody changes what somebody else wrote, not even with a form token of their own", async () => {
    await using owner = await enter();
    await using other = await enter();
    await signUp(owner);
    const number = await write(owner, "내 글", "내 말");
    const placed = await comment(owner, "내 댓글");
    const id = (await placed.getAttribute("id"))!.replace("comment-", "");
    await signUp(other);
    await other.page.goto(`/board/${number}`);
    const token = await other.page.locator("#comment-form [name=token]").inputValue();
    const fields = { token, version: "1", title: "뺏은 글", content: "뺏은 말" };
    const ways = ["edit", "delete", "restore", `comments/${id}/edit`, `comments/${id}/remove`];
    for (const way of ways) {
      const answer = await other.context.request.post(`/board/${number}/${way}`, { form: fields });
      assert.equal(answer.status(), 403, way);
    }
    // Nor past the pages: the modules themselves refuse.
    const cookies = await other.context.cookies();
    const headers = { authorization: `Bearer ${cookies.find(({ name }) => name.startsWith("session-"))!.value}` };
    const api = `${site().urlOf("board")}/api/posts/${number}`;
    const data = { version: 1, title: "뺏은 글", content: "뺏은 말" };
    assert.equal((await other.context.request.put(api, { headers, data })).status(), 403);
    assert.equal((await other.context.request.delete(api, { headers })).status(), 403);
    // A token belongs to the session that it was made for.
    const stolen = await owner.page.locator("#comment-form [name=token]").inputValue();
    const lent = await other.context.request.post(`/board/${number}/comments`, {
      form: { token: stolen, content: "빌린 말" },
    });
    assert.equal(lent.status(), 403);
    await owner.page.reload();
    assert.equal(await owner.page.locator("h1").innerText(), "내 글");
    assert.equal(await owner.page.locator("#post .prose").innerText(), "내 말");
    assert.deepEqual(await owner.page.locator("#comments .prose").allInnerTexts(), ["내 댓글"]);
  });

  test("a session that is ended elsewhere is over", async () => {
    await using first = await enter();
    await using second = await enter();
    const username = await signUp(first, newName());
    await second.page.goto("/login");
    await fill(second.page, { username, password });
    await press(second.page, "main form button");
    await first.page.goto("/account");
    await press(first.page, "#end-others");
    await follow(second.page, () => second.page.goto("/account"));
    assert.equal(pathOf(second.page), "/login");
    await first.page.goto("/account");
    assert.equal(pathOf(first.page), "/account");
  });
}
