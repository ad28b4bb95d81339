import assert from "node:assert/strict";
import { test } from "node:test";
import type { Response } from "playwright-core";
import type { Site } from "../../suites/site.ts";
import { ko, signUp, write } from "./people.ts";

/** What the browser's script adds: the list keeps itself up to date, and forms keep what is being written. */
export function scripts(site: () => Site): void {
  test("the list is refreshed by the browser from board_list of the process that holds the posts", async () => {
    await using visitor = await site().visitor();
    await using writer = await site().visitor();
    const { page } = visitor;
    const asked: Response[] = [];
    page.on("response", (answer) => void (answer.url().endsWith("/board_list") && asked.push(answer)));
    await page.goto("/board");
    await page.getByText(ko.listFresh, { exact: true }).waitFor();
    const [answer] = asked;
    assert.equal(answer!.url(), `${site().urlOf("board")}/board_list`);
    assert.match((await answer!.allHeaders())["content-type"]!, /^application\/json/);
    assert.equal((await answer!.allHeaders())["access-control-allow-origin"], "*");
    assert.deepEqual(
      ((await answer!.json()) as object[]).slice(0, 3).map((post) => Object.keys(post)),
      [1, 2, 3].map(() => ["id", "title", "content"]),
    );

    const before = await page.locator(".post").count();
    await signUp(writer);
    const number = await write(writer, "방금 올린 글", "따끈따끈");
    // As when somebody comes back to this tab.
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText(ko.listNew("1"), { exact: true }).waitFor();
    const first = page.locator(".post").first();
    assert.equal(await first.locator(".post-title").innerText(), "방금 올린 글");
    assert.equal(await first.locator(".post-title").getAttribute("href"), `/board/${number}`);
    assert.equal(await page.locator(".post").count(), Math.min(before + 1, 20));
    assert.deepEqual(visitor.complaints, [], "neither CORS nor the content security policy stopped anything");
  });

  test("the list that is shown stays, with a notice, when the process that holds the posts is killed", async () => {
    await using visitor = await site().visitor();
    const { page } = visitor;
    const refresh = () => page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.goto("/board");
    await page.getByText(ko.listFresh, { exact: true }).waitFor();
    const titles = await page.locator(".post-title").allInnerTexts();
    {
      await using _down = site().keepDown("board");
      await refresh();
      await page.getByText(ko.listStale, { exact: true }).waitFor();
      assert.deepEqual(await page.locator(".post-title").allInnerTexts(), titles);
    }
  });

  test("what was being written is there again after the tab was reloaded, until it is saved", async () => {
    await using visitor = await site().visitor();
    const { page } = visitor;
    await signUp(visitor);
    await page.goto("/board/new");
    await page.getByLabel(ko.title).fill("쓰다 만 글");
    await page.getByLabel(ko.content).fill("여기까지");
    assert.match(await page.locator("output[for=title]").innerText(), /^6 \/ 200/);
    await page.goto("/board");
    await page.goto("/board/new");
    assert.equal(await page.getByLabel(ko.title).inputValue(), "쓰다 만 글");
    assert.equal(await page.getByLabel(ko.content).inputValue(), "여기까지");
    await write(visitor, "다 쓴 글");
    assert.doesNotMatch(page.url(), /done=/, "a reload would otherwise announce it again");
    await page.goto("/board/new");
    assert.equal(await page.getByLabel(ko.title).inputValue(), "");
    assert.deepEqual(visitor.complaints, []);
  });
}
