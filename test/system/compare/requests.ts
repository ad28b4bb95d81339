import assert from "node:assert/strict";
import type { Measured } from "../../../src/compare/report.ts";
import type { Recording, Sample } from "../../../src/record/reader.ts";

/** What a recording's requests say by themselves, worked out in another way than reports are. */

/** The requests that were to be sent to a column in one phase, in their order. */
export function during(
  { window, samples, run }: Recording,
  name: string,
  phase: string,
  fault: string | null = null,
): Sample[] {
  const place = run.columns.findIndex((column) => column.name === name);
  const { from, to } = window.find((one) => one.column === name && one.phase === phase && one.fault === fault)!;
  return samples
    .filter(({ column, intended }) => column === place && intended >= from && intended < to)
    .toSorted((a, b) => a.intended - b.intended);
}

export function answered(samples: readonly Sample[]): number[] {
  return samples.filter(({ outcome }) => outcome === "good" || outcome === "slow").map(({ latencyMs }) => latencyMs);
}

export function goodShare(samples: readonly Sample[]): number {
  const offered = samples.filter(({ outcome }) => outcome !== "dropped");
  return offered.filter(({ outcome }) => outcome === "good").length / offered.length;
}

/** Nearest rank, which a histogram with an error of 1 % comes near to. */
export function agree({ availability, latency }: Measured, samples: readonly Sample[]): void {
  assert.ok(Math.abs(availability!.share - goodShare(samples)) < 1e-9);
  const sorted = answered(samples).toSorted((a, b) => a - b);
  if (sorted.length === 0) return assert.equal(latency.p50, null);
  for (const [name, q] of [
    ["p50", 0.5],
    ["p95", 0.95],
    ["p99", 0.99],
  ] as const) {
    const exact = sorted[Math.ceil(q * sorted.length - 1e-9) - 1]!;
    assert.ok(
      Math.abs(latency[name]!.value - exact) <= exact * 0.0101,
      `${name} ${latency[name]!.value}, not ${exact}`,
    );
  }
}

/** How long the longer of two lists has the same values as the other, wherever its beginning lies in it. */
export function commonRun(one: readonly number[], other: readonly number[]): number {
  let longest = 0;
  for (let shift = -5; shift <= 5; shift += 1) {
    let run = 0;
    for (const [at, value] of one.entries()) {
      run = other[at + shift] === value ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
  }
  return longest;
}
