import assert from "node:assert/strict";
import { test } from "node:test";
import type { Scenario } from "../module/scenario.ts";
import { scenario } from "../module/scenario.ts";
import { Itinerary } from "./schedule.ts";

const requests = [{ request: () => ({ method: "GET" as const, path: "/" }), check: () => null }];

function made(over: { people?: number; first?: string[]; steps?: number } = {}): Scenario {
  return scenario({
    says: { en: "", ko: "" },
    people: over.people ?? 100,
    person: () => ({}),
    visit: { first: over.first ?? [], steps: over.steps ?? 3 },
    steps: {
      enter: { feature: "enter", weight: 0, requests },
      read: { feature: "read", weight: 3, requests },
      write: { feature: "write", weight: 1, requests },
    },
  });
}

const request = { seed: "7", rate: 500, forMs: 20_000 };

test("one seed gives one schedule, to the byte, window after window; another seed another", () => {
  const [one, other] = [new Itinerary(made()), new Itinerary(made())];
  const first = one.plan(request);
  assert.deepEqual(other.plan(request), first);
  const second = one.plan(request);
  assert.deepEqual(other.plan(request), second);
  assert.notEqual(second.digest, first.digest, "others come");
  assert.deepEqual(second.at, first.at);
  assert.notDeepEqual(one.plan({ ...request, seed: "8" }).at, first.at);
});

test("arrivals keep to the rate, and steps to their weights", () => {
  const { at, step } = new Itinerary(made()).plan(request);
  // 10,000 expected; the standard deviation is 100 for the arrivals and 43 for the writes.
  assert.ok(Math.abs(at.length - 10_000) < 500, `${at.length}`);
  assert.ok(at.every((t, k) => t >= (at[k - 1] ?? 0) && t < request.forMs));
  const writes = step.filter((place) => place === 2).length;
  assert.ok(Math.abs(writes - at.length / 4) < 250, `${writes}`);
  const gaps = at.map((t, k) => t - (at[k - 1] ?? 0));
  const short = gaps.filter((gap) => gap < 2).length / gaps.length;
  assert.ok(Math.abs(short - (1 - Math.exp(-1))) < 0.03, "gaps are exponential");
});

test("uniform arrivals are evenly spaced", () => {
  const { at } = new Itinerary(made()).plan({ seed: "7", rate: 4, forMs: 1000, arrivals: "uniform" });
  assert.deepEqual([...at], [0, 250, 500, 750]);
});

test("a first visit begins with the first steps, later ones do not, and nobody goes on before them", () => {
  const { person, step } = new Itinerary(made({ people: 30, first: ["enter"], steps: 4 })).plan(request);
  const entered = new Set<number>();
  for (const [k, who] of person.entries()) {
    assert.equal(step[k] === 0, !entered.has(who), `arrival ${k}`);
    entered.add(who);
  }
  assert.equal(entered.size, 30);
});

test("people come little by little where they begin with first steps", () => {
  const { step } = new Itinerary(made({ people: 1000, first: ["enter"], steps: 9 })).plan(request);
  // A tenth of all steps in the long run, at most twice as many while seats fill.
  const early = step.subarray(0, 1000).filter((place) => place === 0).length;
  assert.ok(early > 100 && early <= 210, `${early}`);
});

test("a window that was ended early leaves nobody who would come all at once in the next", () => {
  const itinerary = new Itinerary(made({ people: 1000, first: ["enter"], steps: 20 }));
  const planned = itinerary.plan({ ...request, rate: 20 });
  const sent = new Set(planned.person.subarray(0, 50));
  const { person, step } = itinerary.plan({ ...request, rate: 20, seed: "8" });
  for (const [k, who] of person.subarray(0, 200).entries())
    assert.ok(sent.has(who) || step[k] === 0 || person.indexOf(who) < k, `arrival ${k} begins before it has entered`);
  assert.ok(step.subarray(0, 40).filter((place) => place === 0).length <= 4);
});

test("visits are as long as the scenario says on average, whole or not", () => {
  const { person } = new Itinerary(made({ people: 1, steps: 0.25 })).plan(request);
  assert.ok(person.length > 0);
  const { person: many } = new Itinerary(made({ people: 100_000, steps: 2.5 })).plan({ ...request, forMs: 60_000 });
  const visits = new Set(many).size;
  assert.ok(Math.abs(many.length / visits - 2.5) < 0.15, `${many.length / visits}`);
});

test("a scenario of first steps alone can be planned", () => {
  const { step } = new Itinerary(made({ people: 2, first: ["enter"], steps: 0 })).plan(request);
  assert.ok(step.every((place) => place === 0));
});

test("a window that cannot be planned is refused with its figures", () => {
  for (const wrong of [{ rate: 0 }, { rate: Number.NaN }, { forMs: -1 }, { rate: 1e9 }])
    assert.throws(
      () => new Itinerary(made()).plan({ ...request, ...wrong }),
      ({ code, message }) => code === "invalid" && message.includes(String(Object.values(wrong)[0])),
    );
});
