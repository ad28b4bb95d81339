import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import app from "../../apps/stay/app.ts";
import { monolith, type Topology } from "../../src/topology/topology.ts";
import { startBrowser } from "../suites/browser.ts";
import { long } from "../suites/long.ts";
import { admins, away, hosts, looks, opening, rights } from "./stay/host.ts";
import { openHosting, type Hosting } from "./stay/hosts.ts";

/** Stay's pages for hosts, reviewers and admins in a real browser. */

const started = await startBrowser();
if ("reason" in started) test("stay's hosts in a browser", { skip: started.reason });
else {
  const { browser } = started;
  describe("stay's hosts in a browser", { concurrency: true }, () => {
    inBrowser(browser, "monolith", monolith(app), (hosting) => {
      describe("opening a house", () => opening(hosting));
      describe("who is who", () => rights(hosting));
      // The guests' pages are looked at in Korean.
      if (long) describe("for everybody, in Korean", () => looks(hosting, "ko-KR"));
      describe("for everybody, in English", () => looks(hosting, "en-GB"));
      describe("letting it", () => hosts(hosting));
      describe("seeing to it", () => admins(hosting));
    });
    inBrowser(browser, "microservices", app.topologies["microservices"] as Topology, (hosting) => {
      describe("opening a house", () => opening(hosting));
      describe("while a part is down", () => away(hosting));
    });
  });
}

after(() => ("browser" in started ? started.browser.close() : undefined));

function inBrowser(browser: Browser, name: string, topology: Topology, body: (hosting: () => Hosting) => void): void {
  describe(name, { concurrency: 1 }, () => {
    let hosting: Hosting | undefined;
    before(async () => void (hosting = await openHosting(browser, topology)));
    after(() => hosting?.deployed.stop());
    body(() => hosting!);
  });
}
