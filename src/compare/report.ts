import { basename } from "node:path";
import type { RunLine } from "../record/recording.ts";
import { Histogram } from "../record/histogram.ts";
import { isAnswer } from "../record/outcome.ts";
import type { Recording } from "../record/reader.ts";
import { availability, blastRadius, type Availability, type Blast, type FeatureHarm } from "./availability.ts";
import { consistency, invariants, type Consistency, type InvariantReport } from "./consistency.ts";
import { cost, type Cost } from "./cost.ts";
import { definitions, type Definition } from "./definitions.ts";
import { latency, ratio, type Latency, type Ratio } from "./latency.ts";
import { recovery, type Recovery } from "./recovery.ts";
import { calls, type Calls } from "./seams.ts";
import { samplesIn, Slices, type Slice } from "./slices.ts";
import type { Invalid } from "./statistics.ts";
import { throughput, type Throughput } from "./throughput.ts";
import { timeline, type Timeline } from "./timeline.ts";
import { validity, type Validity } from "./validity.ts";

/**
 * What a recording says, as plain JSON. It is made from the recording alone, on any machine, and everything that is
 * printed, drawn, judged or advised comes from it.
 *
 * A column whose load was not what it should have been has "invalid" in place of everything that was measured under that
 * load. Consistency and invariants stand: a write that was lost is lost under any load.
 */
export interface Report {
  readonly version: typeof reportVersion;
  readonly run: Omit<RunLine, "type" | "version" | "columns">;
  /** The run came to its end; else why not, and that which was seen before is reported. */
  readonly complete: boolean;
  readonly why: string;
  /** Files whose last line was torn and is left out. */
  readonly torn: readonly string[];
  readonly columns: readonly ColumnReport[];
  readonly faults: readonly FaultReport[];
  /** What every figure means. */
  readonly definitions: readonly Definition[];
}

export const reportVersion = 1;

export type Column = RunLine["columns"][number];

export interface ColumnReport extends Column {
  readonly deployables: number;
  readonly validity: Validity;
  /** Without a fault. */
  readonly measured: Measured | Invalid;
  readonly consistency: Consistency | null;
  readonly invariants: readonly InvariantReport[];
}

export interface Measured {
  readonly availability: Availability | null;
  readonly latency: Latency;
  /** Features that were asked for. */
  readonly features: readonly {
    readonly feature: string;
    readonly availability: Availability;
    readonly latency: Latency;
  }[];
  /** Beside the monolith with the same guards; null: this is it, or there is none that can be compared. */
  readonly splitTax: (Ratio & { readonly against: string }) | null;
  readonly calls: Calls;
  readonly throughput: Throughput;
  readonly cost: Cost;
}

export interface FaultReport {
  readonly id: string;
  readonly kind: string;
  readonly target: string;
  readonly forMs: number;
  readonly strikes: RunLine["faults"][number]["strikes"];
  readonly parameters: RunLine["faults"][number]["parameters"];
  /** Those that it was applied to. */
  readonly columns: readonly FaultColumn[];
}

export interface FaultColumn {
  readonly column: string;
  /** Why it could not be applied, where it could not. */
  readonly failed: readonly string[];
  readonly repetitions: number;
  readonly harm: Harm | Invalid;
}

export interface Harm extends Blast, Recovery {
  readonly features: readonly (FeatureHarm & { readonly latency: Latency })[];
  /** p50, p95 and p99 under the fault over those of its baseline, of right answers. */
  readonly amplification: Ratio;
  readonly availability: Availability | null;
  /** Median time to a failure that came at once; null: there were none. */
  readonly fastFailureMs: number | null;
  readonly timeline: Timeline | null;
}

export function makeReport(recording: Recording): Report {
  const { columns, type: _, version: __, ...run } = recording.run;
  const slices = new Slices(recording);
  const valid = new Map(columns.map(({ name }) => [name, validity(recording, slices, name)]));
  const end = recording.end.at(-1);
  const counts = (name: string): boolean => valid.get(name)!.valid;
  return {
    version: reportVersion,
    run,
    complete: end?.complete ?? false,
    why: end === undefined ? "the recording has no end" : end.why,
    torn: recording.torn.map((file) => basename(file)),
    columns: columns.map((column) => ({
      ...column,
      deployables: Object.keys(column.processes).length,
      validity: valid.get(column.name)!,
      measured: counts(column.name) ? measure(recording, slices, column, counts) : "invalid",
      consistency: consistency(recording, column.name),
      invariants: invariants(recording, column.name),
    })),
    faults: run.faults.map((fault) => ({
      ...fault,
      columns: columns.flatMap(({ name }) => struck(recording, slices, name, fault.id, counts(name))),
    })),
    definitions: definitions(run),
  };
}

function measure(recording: Recording, slices: Slices, column: Column, valid: (name: string) => boolean): Measured {
  const { run } = recording;
  const baseline = slices.of({ column: column.name, phases: ["baseline"] });
  const base = monolithOf(run.columns, column);
  return {
    availability: availability(samplesIn(baseline)),
    latency: latency(baseline),
    features: run.features.flatMap(({ name }, at) => {
      const offered = availability(samplesIn(baseline, at));
      return offered === null ? [] : { feature: name, availability: offered, latency: latency(baseline, at) };
    }),
    splitTax:
      base === null || base === column || !valid(base.name)
        ? null
        : { against: base.name, ...ratio(baseline, slices.of({ column: base.name, phases: ["baseline"] })) },
    calls: calls(recording, column.name, baseline),
    throughput: throughput(run, slices, column.name),
    cost: cost(recording, column.name, baseline),
  };
}

/** The first column with one process and the same guards: like for like. */
export function monolithOf<C extends Column>(columns: readonly C[], { guards }: Column): C | null {
  return columns.find((other) => Object.keys(other.processes).length === 1 && other.guards === guards) ?? null;
}

function struck(recording: Recording, slices: Slices, column: string, fault: string, valid: boolean): FaultColumn[] {
  const lines = recording.fault.filter((line) => line.column === column && line.id === fault);
  if (lines.length === 0) return [];
  const failed = [...new Set(lines.filter(({ state }) => state === "failed").map(({ detail }) => detail))];
  const repetitions = new Set(lines.filter(({ state }) => state === "applied").map(({ repetition }) => repetition))
    .size;
  return [{ column, failed, repetitions, harm: valid ? harm(recording, slices, column, fault) : "invalid" }];
}

function harm(recording: Recording, slices: Slices, column: string, fault: string): Harm {
  const baseline = slices.baselineOf(column, fault);
  const during = slices.of({ column, fault, phases: ["fault"] });
  const fast = new Histogram();
  for (const { outcome, latencyMs } of samplesIn(during))
    if (outcome === "status" || outcome === "wrong" || outcome === "unreachable") fast.add(latencyMs);
  const { features } = recording.run;
  const blast = blastRadius(features, baseline, during);
  const place = (name: string): number => features.findIndex((feature) => feature.name === name);
  return {
    ...blast,
    features: blast.features.map((each) => ({ ...each, latency: latency(during, place(each.feature)) })),
    ...recovery(recording, slices, column, fault),
    amplification: ratio(during, alike(baseline, during)),
    availability: availability(samplesIn(during)),
    fastFailureMs: fast.percentile(0.5),
    timeline: timeline(recording, slices, column, fault),
  };
}

/**
 * The baseline's requests of those features that still had right answers: a slow feature that went away must not make the
 * rest look faster than it was.
 */
function alike(baseline: readonly Slice[], during: readonly Slice[]): Slice[] {
  const answering = new Set<number>();
  for (const { feature, outcome } of samplesIn(during)) if (isAnswer(outcome)) answering.add(feature);
  return baseline.map(({ window, samples }) => ({
    window,
    samples: samples.filter(({ feature }) => answering.has(feature)),
  }));
}
