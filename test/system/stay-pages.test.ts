import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import app from "../../apps/stay/app.ts";
import { monolith, type Topology } from "../../src/topology/topology.ts";
import { startBrowser } from "../suites/browser.ts";
import { long } from "../suites/long.ts";
import { away } from "./stay/away.ts";
import { openStay, type Stay } from "./stay/guests.ts";
import { reach } from "./stay/reach.ts";
import { refusals } from "./stay/refusals.ts";
import { detours, walks } from "./stay/walk.ts";

/** Stay's pages for guests in a real browser, in both architectures. */

const started = await startBrowser();
if ("reason" in started) test("stay in a browser", { skip: started.reason });
else {
  const { browser } = started;
  // Side by side, because a person's way through pages is mostly waiting.
  describe("stay in a browser", { concurrency: true }, () => {
    inBrowser(browser, "monolith", monolith(app), (stay) => {
      describe("with script, in Korean", () => walks(stay, true, "ko-KR"));
      describe("without script, in English", () => walks(stay, false, "en-GB"));
      describe("beside the way", () => detours(stay, false, "ko-KR"));
      describe("for everybody, in Korean", () => reach(stay, "ko-KR"));
      // The hosts' pages are looked at in English.
      if (long) describe("for everybody, in English", () => reach(stay, "en-GB"));
      describe("what is refused", () => refusals(stay));
    });
    inBrowser(browser, "microservices", app.topologies["microservices"] as Topology, (stay) => {
      describe("with script, in English", () => walks(stay, true, "en-GB"));
      describe("while a part is down", () => away(stay));
    });
  });
}

after(() => ("browser" in started ? started.browser.close() : undefined));

function inBrowser(browser: Browser, name: string, topology: Topology, body: (stay: () => Stay) => void): void {
  describe(name, { concurrency: 1 }, () => {
    let stay: Stay | undefined;
    before(async () => void (stay = await openStay(browser, topology)));
    after(() => stay?.deployed.stop());
    body(() => stay!);
  });
}
