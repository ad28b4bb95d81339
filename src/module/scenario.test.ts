import assert from "node:assert/strict";
import { test } from "node:test";
import { pickStep, scenario, type Chance, type Exchange } from "./scenario.ts";

const says = { en: "somebody", ko: "누군가" };
const exchange: Exchange<object> = { request: () => ({ method: "GET", path: "/" }), check: () => null };
const step = (weight: number) => ({ feature: "f", weight, requests: [exchange] });
const base = { says, people: 1, person: () => ({}), visit: { steps: 1 }, steps: { one: step(1) } };

/** Chance that gives evenly spread numbers, one after the other. */
function even(count: number): Chance {
  let next = 0;
  const unit = (): number => (next++ % count) / count;
  return { unit, below: (n) => Math.floor(unit() * n), chance: (p) => unit() < p, pick: (list) => list[0]! };
}

test("steps come as often as their weights say, and those without one never", () => {
  const made = scenario({ ...base, steps: { never: step(0), often: step(3), seldom: step(1), last: step(0) } });
  const random = even(400);
  const times: Record<string, number> = {};
  for (let index = 0; index < 400; index++) {
    const name = pickStep(made, random);
    times[name] = (times[name] ?? 0) + 1;
  }
  assert.deepEqual(times, { often: 300, seldom: 100 });
});

test("a scenario that cannot be carried out is refused with the field that is wrong", () => {
  const refused: [object, RegExp][] = [
    [{ steps: { one: step(-1) } }, /steps\.one\.weight is -1/],
    [{ steps: { one: { ...step(1), requests: [] } } }, /steps\.one needs .* one request/],
    [{ people: 0 }, /people is 0/],
    [{ visit: { first: ["two"], steps: 1 } }, /visit\.first names "two"; there are one/],
    [{ visit: { steps: Number.NaN } }, /visit\.steps is NaN/],
    [{ steps: { one: step(0) } }, /no step has a weight/],
  ];
  for (const [wrong, message] of refused) assert.throws(() => scenario({ ...base, ...wrong }), message);
});
