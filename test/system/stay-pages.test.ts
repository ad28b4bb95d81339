import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import app from "../../apps/stay/app.ts";
import { monolith, type Topology } from "../../src/topology/topology.ts";
import { startBrowser } from "../suites/browser.ts";
import { long } from "../suites/long.ts";
import { away } from "./stay/away.ts";
import { openStay, type Stay } from "./stay/guests.ts";
import * as letting from "./stay/host.ts";
import { hostingOf, type Hosting } from "./stay/hosts.ts";
import { reach } from "./stay/reach.ts";
import { refusals } from "./stay/refusals.ts";
import { detours, walks } from "./stay/walk.ts";

/**
 * Stay's pages for guests, hosts and admins in a real browser, in both architectures. Who lets a house comes first, because the
 * houses that guests find have pictures that nobody sent; who sees to bookings comes last, and moves the clock by days.
 */

const microservices = app.topologies["microservices"] as Topology;
/** Of the servers only that of reviews is stopped, so the others may be one. */
const apart: Topology = long
  ? microservices
  : { ...microservices, data: "pool-per-module", servers: { reviews: ["reviews"] } };

const started = await startBrowser();
if ("reason" in started) test("stay in a browser", { skip: started.reason });
else {
  const { browser } = started;
  // Side by side, because a person's way through pages is mostly waiting.
  describe("stay in a browser", { concurrency: true }, () => {
    inBrowser(browser, "monolith", monolith(app), (stay, hosting) => {
      describe("opening a house", () => letting.opening(hosting));
      describe("with script, in Korean", () => walks(stay, true, "ko-KR"));
      describe("without script, in English", () => walks(stay, false, "en-GB"));
      describe("beside the way", () => detours(stay, false, "ko-KR"));
      describe("for everybody, in Korean", () => reach(stay, "ko-KR"));
      // Guests' pages are looked at in Korean, and hosts' in English.
      if (long) describe("for everybody, in English", () => reach(stay, "en-GB"));
      describe("what is refused", () => refusals(stay));
      describe("who is who", () => letting.rights(hosting));
      if (long) describe("for hosts, in Korean", () => letting.looks(hosting, "ko-KR"));
      describe("for hosts, in English", () => letting.looks(hosting, "en-GB"));
      describe("letting it", () => letting.hosts(hosting));
      describe("seeing to it", () => letting.admins(hosting));
    });
    inBrowser(browser, "microservices", apart, (stay, hosting) => {
      describe("opening a house", () => letting.opening(hosting));
      describe("with script, in English", () => walks(stay, true, "en-GB"));
      describe("while a part is down", () => away(stay));
      describe("for hosts, while a part is down", () => letting.away(hosting));
    });
  });
}

after(() => ("browser" in started ? started.browser.close() : undefined));

function inBrowser(
  browser: Browser,
  name: string,
  topology: Topology,
  body: (stay: () => Stay, hosting: () => Hosting) => void,
): void {
  describe(name, { concurrency: 1 }, () => {
    let [stay, hosting]: [Stay?, Hosting?] = [];
    before(async () => {
      stay = await openStay(browser, topology);
      hosting = await hostingOf(stay);
    });
    after(() => stay?.deployed.stop());
    body(
      () => stay!,
      () => hosting!,
    );
  });
}
