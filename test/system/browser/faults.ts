import assert from "node:assert/strict";
import { test } from "node:test";
import type { Site } from "../../suites/site.ts";
import { inspect } from "./inspect.ts";
import { comment, fill, ko, password, pathOf, press, signUp, write } from "./people.ts";

/** What is left of the pages when a module's process is dead, where each module has a process of its own. */
export function faults(site: () => Site): void {
  test("without comments, posts are read and written, and what was being said is kept", async () => {
    await using visitor = await site().visitor();
    await using plain = await site().visitor({ script: false });
    const { page } = visitor;
    await signUp(visitor, "visitor_c");
    await write(visitor, "A post without its comments", "Text");
    await comment(visitor, "Said before");
    const address = pathOf(page);
    await fill(page, { content: "Said too late" });
    {
      await using _down = site().keepDown("comments");
      assert.equal(await press(page, "#comment-form button"), 503);
      assert.equal(await page.locator("#comment-form textarea").inputValue(), "Said too late");
      await inspect(page, "comment-not-saved");
      assert.equal((await page.goto(address))!.status(), 200);
      assert.equal(await page.locator("#comments-unavailable").innerText(), ko.commentsUnavailable);
      assert.equal(await page.locator("#comment-form textarea").isDisabled(), true);
      await inspect(page, "post-without-comments");
      await page.goto(`${address}?lang=en`);
      await inspect(page, "post-without-comments");
      await page.goto(`${address}?lang=ko`);
      await plain.page.goto("/board");
      assert.equal(await plain.page.locator("#comments-unavailable").innerText(), ko.commentCountsUnavailable);
      await write(visitor, "Written meanwhile");
    }
    await page.goto(address);
    assert.deepEqual(await page.locator("#comments .prose").allInnerTexts(), ["Said before"]);
  });

  test("without accounts, everybody reads, and who was here a moment ago still writes", async () => {
    await using visitor = await site().visitor();
    await using stranger = await site().visitor();
    await signUp(visitor, "visitor_a");
    {
      await using _down = site().keepDown("accounts");
      await write(visitor, "Written without accounts");
      assert.equal(await visitor.page.locator("#session-cached").innerText(), ko.stateCached);
      await inspect(visitor.page, "post-without-accounts");
      assert.equal((await stranger.page.goto("/board"))!.status(), 200);
      await stranger.page.goto("/login");
      assert.equal(await stranger.page.locator("#accounts-unavailable").innerText(), ko.signInUnavailable);
      await fill(stranger.page, { username: "visitor_a", password });
      assert.equal(await press(stranger.page, "main form button"), 503);
      assert.equal(await stranger.page.locator("main [name=username]").inputValue(), "visitor_a");
      await inspect(stranger.page, "login-without-accounts");
    }
    await fill(stranger.page, { password });
    await press(stranger.page, "main form button");
    assert.match(await stranger.page.locator("nav.menu").innerText(), /visitor_a/);
  });

  test("without the board, the other pages stand and the list says that it is away, not that it is empty", async () => {
    await using visitor = await site().visitor();
    const { page } = visitor;
    {
      await using _down = site().keepDown("board");
      assert.equal((await page.goto("/"))!.status(), 200);
      const answer = await page.goto("/board");
      assert.equal(answer!.status(), 503);
      assert.ok(Number(answer!.headers()["retry-after"]) > 0);
      assert.match(await page.locator("#board-unavailable h1").innerText(), new RegExp(ko.boardUnavailable));
      assert.equal(await page.locator(".empty").count(), 0);
      await inspect(page, "board-unavailable");
      await page.goto("/board?lang=en");
      await inspect(page, "board-unavailable");
    }
    assert.equal((await page.goto("/board"))!.status(), 200);
  });
}
