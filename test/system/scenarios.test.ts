import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { App, Exchange, Scenario, ScenarioAnswer } from "seamline";
import board from "../../apps/board/app.ts";
import stay from "../../apps/stay/app.ts";
import { Random } from "../../apps/shared/seed/random.ts";
import type { StoreAddress } from "../../src/data/data.ts";
import { resolveTopology } from "../../src/cli/resolve.ts";
import { seedStores } from "../../src/cli/seeding.ts";
import { terminal } from "../../src/cli/terminal.ts";
import { withAnyPorts } from "../../src/deploy/ports.ts";
import { Snapshots } from "../../src/deploy/verify/snapshots.ts";
import { refusalOf } from "../../src/module/scenario.ts";
import { bringUp, type Deployed } from "../suites/deployed.ts";
import { long } from "../suites/long.ts";
import { askStore } from "../suites/stops.ts";
import { Walker } from "../suites/walker.ts";

/** Every step of every scenario is something that a person can do, in every architecture; and its check can fail. */

const quiet = { ...terminal("en"), note() {}, out() {}, json() {} };
const size = "XS";

for (const architecture of ["monolith", "microservices"]) {
  if (architecture === "monolith" || long)
    describe(`scenarios of stay, ${architecture}`, () => {
      walks(stay, import.meta.resolve("../../apps/stay/app.ts"), "stay-web", architecture);
    });
  describe(`scenarios of the board, ${architecture}`, () => {
    walks(board, import.meta.resolve("../../apps/board/app.ts"), "board-web", architecture);
  });
}

/** Answers that are none, though their status may look well. */
function spoilt(answer: ScenarioAnswer): ScenarioAnswer[] {
  return [
    { ...answer, body: "", headers: {} },
    { ...answer, body: "[]", headers: { location: "/" } },
    { ...answer, status: 500 },
  ];
}

function walks(app: App, appUrl: string, pages: string, architecture: string): void {
  let deployed: Deployed;
  const urlOf = (part = pages): string => deployed.url(part in deployed.deployment.endpoints().ports ? part : pages);

  before(async () => {
    const { topology } = await resolveTopology(app, architecture);
    deployed = await bringUp({ app, appUrl, topology: withAnyPorts(topology) });
    const { directory, clockOffsetMs } = deployed.deployment;
    const target = { stores: deployed.deployment.stores(), directory, clockOffsetMs };
    await seedStores((await app.seed!()).default, size, target, quiet, new AbortController().signal);
    if ("search" in app.modules) await indexed(deployed.deployment.stores()["search"]!);
  });
  after(() => deployed?.stop());

  /** By the id of a write, how often it must be there. */
  const told = new Map<string, number>();

  /** The requests that have written something. */
  const written = new Set<Exchange<any>>();

  /** Somebody's first visit, up to a step, which is walked as well. */
  const come = async (scenario: Scenario, step: string, number: number) => {
    const random = new Random(`${step}/${number}`);
    const person = scenario.person({ number, size, random, now: new Date() });
    const walker = new Walker(urlOf, random);
    for (const first of earlier(step, scenario))
      assertWell(first, await walker.walk(scenario.steps[first]!.requests, person));
    const walked = await walker.walk(scenario.steps[step]!.requests, person);
    assertWell(step, walked);
    for (const { exchange, wrote, refusal } of walked) {
      if (wrote === null) continue;
      written.add(exchange);
      told.set(wrote, refusal === null ? 1 : 0);
      if (refusal !== null || exchange.look === undefined) continue;
      const seen = await walker.send(exchange.look.request(person));
      assert.ok(exchange.look.shows(seen, wrote), `${step}: its writer does not see it\n${seen.body.slice(0, 2000)}`);
      assert.ok(!exchange.look.shows({ ...seen, body: "" }, wrote), `${step}: an empty page shows it`);
    }
    return { person, walked };
  };

  if ("booking-rush" in app.scenarios)
    test("of those who race for one house and night, one after the other gets it, until somebody is told that it is gone", async () => {
      const { default: rush } = await app.scenarios["booking-rush"]!();
      const ends: (string | null)[] = [];
      // No made-up house has more rooms than these people.
      for (let number = 2; number < 10 && ends.at(-1) !== "soldOut"; number++)
        ends.push((await come(rush, "race", number)).walked.at(-1)!.refusal);
      assert.equal(ends.at(-1), "soldOut");
      assert.ok(ends.length > 1, "nobody got it");
    });

  for (const [name, load] of Object.entries(app.scenarios))
    test(`${name}: each step succeeds, and an answer that is none is seen to be none`, async () => {
      const { default: scenario } = await load();
      for (const step of stepsOf(scenario)) {
        const { feature } = scenario.steps[step]!;
        assert.ok(feature in app.features, `${step}: the app has no feature "${feature}"`);
        // Two people, each as in a visit of their own.
        for (const number of [0, 1]) {
          const { person, walked } = await come(scenario, step, number);
          for (const { exchange, answer } of walked)
            for (const none of spoilt(answer)) {
              assert.equal(refusalOf(exchange, none, structuredClone(person)), null, `${step} refuses ${none.status}`);
              assert.notEqual(exchange.check(none, structuredClone(person)), null, `${step} takes ${none.status}`);
            }
        }
      }
    });

  test("what was written is found by the ids of its writers, once, and what was refused is not", async () => {
    for (const [name, load] of Object.entries(app.scenarios))
      for (const [step, { requests }] of Object.entries((await load()).default.steps))
        for (const exchange of requests)
          assert.ok(exchange.writes === undefined || written.has(exchange), `${name}: nobody wrote by ${step}`);
    const found = await writtenIn(app, deployed);
    assert.ok(told.size > 0);
    for (const [id, times] of told) assert.equal(found.get(id) ?? 0, times, id);
  });
}

/** How often each id is in the data, as the app tells it. */
async function writtenIn(app: App, { deployment }: Deployed): Promise<Map<string, number>> {
  await using snapshots = new Snapshots(deployment.stores(), undefined);
  const ids = await (
    await app.invariants!()
  ).default.written!({
    sql: (module, text, values) => snapshots.sql(module, text, values),
    now: () => new Date(),
    progress() {},
  });
  return new Map([...Map.groupBy(ids, (id) => id)].map(([id, same]) => [id, same.length]));
}

/** What was seeded can be found: the index is filled after the seed, by the search module itself. */
async function indexed(store: StoreAddress): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    const [rebuild] = await askStore(store, "select running from rebuilds");
    if (rebuild!["running"] === false) return;
    assert.ok(Date.now() < end, "the index is not filled after 30 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function stepsOf({ steps, visit }: Scenario): string[] {
  return [...new Set([...(visit.first ?? []), ...Object.keys(steps)])];
}

/** What a person does before a step in their first visit. */
function earlier(step: string, { visit: { first = [] } }: Scenario): readonly string[] {
  return first.includes(step) ? first.slice(0, first.indexOf(step)) : first;
}

function assertWell(step: string, walked: Awaited<ReturnType<Walker["walk"]>>): void {
  for (const { answer, wrong } of walked)
    assert.equal(
      wrong,
      null,
      `${step}: ${wrong} (${answer.status} ${answer.headers["location"] ?? ""})\n${answer.body.slice(0, 2000)}`,
    );
}
