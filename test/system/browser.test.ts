import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import board from "../../apps/board/app.ts";
import { monolith, type Topology } from "../../src/topology/topology.ts";
import { startBrowser } from "../suites/browser.ts";
import { long } from "../suites/long.ts";
import { openSite, type Site } from "../suites/site.ts";
import { faults } from "./browser/faults.ts";
import { guards } from "./browser/guard.ts";
import { ko, pathOf, press, signUp, write } from "./browser/people.ts";
import { reach } from "./browser/reach.ts";
import { scripts } from "./browser/script.ts";
import { walks } from "./browser/walk.ts";

/** The board in a real browser: the same pages in both architectures, with the browser's script and without it. */

const topologies: Readonly<Record<string, Topology>> = {
  monolith: monolith(board),
  microservices: board.topologies["microservices"] as Topology,
};
const appUrl = import.meta.resolve("../../apps/board/app.ts");
const started = await startBrowser();
if ("reason" in started) test("the board in a browser", { skip: started.reason });
else {
  const { browser } = started;
  // Side by side, because a person's way through pages is mostly waiting.
  describe("the board in a browser", { concurrency: true }, () => {
    for (const [name, topology] of Object.entries(topologies)) inBrowser(browser, name, topology);
  });
  for (const [name, topology] of Object.entries(topologies)) atItsPorts(browser, name, topology);
}

after(() => ("browser" in started ? started.browser.close() : undefined));

function inBrowser(browser: Browser, topologyName: string, topology: Topology): void {
  describe(topologyName, { concurrency: 1 }, () => {
    let running: Site | undefined;
    const site = (): Site => running!;
    before(async () => void (running = await openSite({ browser, app: board, appUrl, topology, topologyName })));
    after(() => running?.[Symbol.asyncDispose]());

    // The pages are the same in both, so what only the pages decide is tried in one of them, and faults in the other.
    const one = topologyName === "monolith";
    if (!one || long) describe("with script", () => walks(site, true));
    if (one || long) describe("without script", () => walks(site, false));
    if (one || long) describe("what the script adds", () => scripts(site));
    if (one || long) describe("for everybody", () => reach(site, long ? ["ko-KR", "en-GB"] : ["ko-KR"]));
    if (one || long) describe("for nobody else", () => guards(site));
    if (!one) describe("while a part is down", () => faults(site));
    describe("with more posts, and another day", () => grown(site));
  });
}

function grown(site: () => Site): void {
  test("the list has pages of 20, each with an address of its own", async () => {
    await using visitor = await site().visitor({ script: false });
    const { page } = visitor;
    await signUp(visitor);
    const number = await write(visitor, "1번째 글");
    await writeMany(visitor, site().urlOf("board"), 24);
    await page.goto("/board");
    const numbers = () => page.locator(".post").evaluateAll((all) => all.map((one) => Number(one.dataset["number"])));
    const first = await numbers();
    assert.deepEqual([first.length, first[0]], [20, number + 24]);
    assert.deepEqual(
      first,
      first.toSorted((a, b) => b - a),
    );
    await press(page, page.locator(`.pager a[rel="next"]`));
    assert.equal(pathOf(page) + new URL(page.url()).search, "/board?page=2");
    const second = await numbers();
    assert.ok(second[0]! < first.at(-1)!);
    assert.equal(new Set([...first, ...second]).size, first.length + second.length);
    await press(page, page.locator(`.pager a[rel="prev"]`));
    assert.deepEqual(await numbers(), first);
    assert.equal(await page.locator(`.pager [aria-current="page"]`).textContent(), `${ko.page("1")}1`);
  });

  test("a post and its writer's session survive a restart of everything", async () => {
    await using visitor = await site().visitor();
    const name = await signUp(visitor);
    const number = await write(visitor, "오래 남을 글", "내일도 여기에");
    const cookies = await visitor.context.cookies();
    await site().restart();
    await using later = await site().visitor();
    await later.context.addCookies(cookies);
    await later.page.goto(`/board/${number}`);
    assert.equal(await later.page.locator("h1").innerText(), "오래 남을 글");
    assert.equal(await later.page.locator("#post .prose").innerText(), "내일도 여기에");
    assert.match(await later.page.locator("nav.menu").innerText(), new RegExp(name));
  });
}

/** By the API that other programs use, because that is quicker than a browser. */
async function writeMany({ context }: Awaited<ReturnType<Site["visitor"]>>, api: string, count: number): Promise<void> {
  const token = (await context.cookies()).find(({ name }) => name.startsWith("session-"))!.value;
  const headers = { authorization: `Bearer ${token}` };
  for (let i = 2; i < count + 2; i++) {
    const data = { board: "free", title: `${i}번째 글`, content: "글" };
    const answer = await context.request.post(`${api}/api/posts`, { headers, data });
    assert.equal(answer.status(), 200, await answer.text());
  }
}

function atItsPorts(browser: Browser, topologyName: string, topology: Topology): void {
  test(`the chapter's addresses: ${topologyName}`, async (t) => {
    const busy = await takenPorts(topology);
    if (busy.length > 0) return t.skip(`port ${busy.join(" and ")} of this machine is taken by another program`);
    await using site = await openSite({ browser, app: board, appUrl, topology, topologyName, ports: "its own" });
    await using visitor = await site.visitor();
    const { page } = visitor;
    for (const path of ["/", "/login", "/board"])
      assert.equal((await page.goto(`http://localhost:8000${path}`))!.status(), 200, path);
    await page.getByText(ko.listFresh, { exact: true }).waitFor();
    const apart = Object.values(topology.processes).some(({ port }) => port === 8080);
    const answer = await fetch(`http://localhost:${apart ? 8080 : 8000}/board_list`);
    assert.match(answer.headers.get("content-type")!, /^application\/json/);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual(
      await answer.json(),
      [1, 2, 3].map((id) => ({ id, title: `게시물 ${id}`, content: `게시물 ${id}의 내용` })),
    );
    assert.deepEqual(visitor.complaints, []);
  });
}

async function takenPorts({ processes }: Topology): Promise<number[]> {
  const wanted = Object.values(processes).flatMap(({ port }) => (port === undefined ? [] : [port]));
  const taken = await Promise.all(wanted.map(isTaken));
  return wanted.filter((_, i) => taken[i]);
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer().once("error", () => resolve(true));
    probe.listen({ port, host: "127.0.0.1", exclusive: true }, () => probe.close(() => resolve(false)));
  });
}
