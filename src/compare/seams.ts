import { Histogram } from "../record/histogram.ts";
import type { Recording } from "../record/reader.ts";
import type { SeamLine } from "../record/recording.ts";
import { availability } from "./availability.ts";
import { byRepetition, samplesIn, type Slice } from "./slices.ts";
import { spread, type Spread } from "./statistics.ts";

/** The calls of one operation over one seam, without a fault. */
export interface SeamReport {
  readonly from: string;
  readonly to: string;
  readonly operation: string;
  readonly binding: "joined" | "cut";
  readonly calls: number;
  readonly failed: number;
  /** As the caller saw it. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** What the way there and back added to the handler's own time, on average. */
  readonly wireMs: number | null;
}

export interface Calls {
  readonly seams: readonly SeamReport[];
  /** Wire time per cut call. */
  readonly wireMs: Spread | null;
  /** Calls between modules, joined or cut, per request of a user. */
  readonly perRequest: Spread | null;
}

export function calls(recording: Recording, column: string, baseline: readonly Slice[]): Calls {
  const lines = recording.seam.filter((line) => line.column === column);
  const within = (slices: readonly Slice[]): SeamLine[] =>
    lines.filter(({ t }) => slices.some(({ window }) => t > window.from && t <= window.to));
  const groups = byRepetition(baseline).map((slices) => ({ slices, lines: within(slices) }));
  const operations = Map.groupBy(within(baseline), ({ from, to, operation, binding }) =>
    [from, to, operation, binding].join(" "),
  );
  return {
    seams: [...operations.values()].map(seam).sort((a, b) => b.calls - a.calls),
    wireMs: spread(groups.map((group) => wire(group.lines.filter(({ binding }) => binding === "cut")))),
    perRequest: spread(groups.map((group) => perRequest(group.lines, group.slices))),
  };
}

function seam(lines: readonly SeamLine[]): SeamReport {
  const { from, to, operation, binding } = lines[0]!;
  const caller = Histogram.merged(lines.map(({ callerHistogram }) => Histogram.fromJson(callerHistogram)));
  return {
    ...{ from, to, operation, binding },
    calls: sum(lines, ({ calls: n }) => n),
    failed: sum(lines, ({ failed }) => failed),
    p50Ms: caller.percentile(0.5),
    p95Ms: caller.percentile(0.95),
    wireMs: wire(lines),
  };
}

/** Mean at the caller − mean at the handler: sums are exact, while a difference of percentiles is no percentile. */
function wire(lines: readonly SeamLine[]): number | null {
  const [caller, handler] = [
    Histogram.merged(lines.map(({ callerHistogram }) => Histogram.fromJson(callerHistogram))).mean,
    Histogram.merged(lines.map(({ handlerHistogram }) => Histogram.fromJson(handlerHistogram))).mean,
  ];
  return caller === null || handler === null ? null : caller - handler;
}

function perRequest(lines: readonly SeamLine[], slices: readonly Slice[]): number | null {
  const offered = availability(samplesIn(slices))?.offered ?? 0;
  return offered === 0 || lines.length === 0 ? null : sum(lines, ({ calls: n }) => n) / offered;
}

function sum(lines: readonly SeamLine[], of: (line: SeamLine) => number): number {
  return lines.reduce((all, line) => all + of(line), 0);
}
