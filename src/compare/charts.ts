import { html, raw } from "hono/html";
import { Histogram, type HistogramJson } from "../record/histogram.ts";
import type { Timeline } from "./timeline.ts";

/**
 * Pictures of a report as inline SVG. They hold no text: labels stand beside them as HTML, so that they stay readable at
 * any width and in any zoom, and every picture has a table with the same figures.
 */

export type Html = ReturnType<typeof html>;

const tall = 100;

/** What a picture shows of time, in ms from the beginning of a fault. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A strip shows the last requests until the next ones come, for so long at most. Longer hides a pause in the load. */
const holdMs = 1000;

/** One feature over time: good from below, degraded upon it, failed above; the fault is shaded. */
export function strip(timeline: Timeline, feature: string, title: string, range: Range): Html {
  const { bins, binMs, fromMs, healedMs } = timeline;
  const at = held(timeline, feature);
  const share =
    (of: (good: number, degraded: number) => number) =>
    (bin: number): number | null => {
      const [offered, good, degraded] = at(bin);
      return offered === 0 ? null : of(good, degraded) / offered;
    };
  const x = (ms: number): number => (ms - fromMs) / binMs;
  const window = `M${x(0)},0V${tall}H${x(healedMs)}V0Z`;
  return html`<svg
    class="strip"
    viewBox="${round(x(range.fromMs))} 0 ${round((range.toMs - range.fromMs) / binMs)} ${tall}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${title}"
  >
    <path class="bad" d="${steps(bins, (bin) => (at(bin)[0] === 0 ? null : 1))}" />
    <path
      class="degraded"
      d="${steps(
        bins,
        share((good) => good),
      )}"
    />
    <path
      class="good"
      d="${steps(
        bins,
        share((good, degraded) => good - degraded),
      )}"
    />
    <path class="window" d="${window}" />
  </svg>`;
}

/** What came of a feature's requests by bin. What began before the fault, or before its end, is not held beyond it. */
function held(
  { bins, binMs, fromMs, healedMs, features }: Timeline,
  feature: string,
): (bin: number) => readonly [offered: number, good: number, degraded: number] {
  const counts = features[feature]!;
  const edges = [0, healedMs].map((ms) => Math.floor((ms - fromMs) / binMs));
  const shown: number[] = [];
  for (let bin = 0; bin < bins; bin += 1) {
    const last = shown[bin - 1] ?? bin;
    const keeps = counts[bin * 3] === 0 && (bin - last) * binMs <= holdMs && !edges.includes(bin);
    shown.push(keeps ? last : bin);
  }
  return (bin) => [counts[shown[bin]! * 3]!, counts[shown[bin]! * 3 + 1]!, counts[shown[bin]! * 3 + 2]!];
}

/** An area whose height is a share by bin; nothing where there is none. Equal neighbours are one step. */
function steps(bins: number, share: (bin: number) => number | null): string {
  let path = "";
  for (let bin = 0; bin < bins;) {
    const value = share(bin);
    const from = bin;
    while (bin < bins && share(bin) === value) bin += 1;
    if (value) path += `M${from},${tall}V${round(tall * (1 - value))}H${bin}V${tall}Z`;
  }
  return path;
}

/** The decades that hold all of the histograms, as exponents of ten. */
export function decades(histograms: readonly HistogramJson[]): readonly [from: number, to: number] {
  const known = histograms.filter(({ count }) => count > 0);
  if (known.length === 0) return [0, 1];
  const from = Math.floor(Math.log10(Math.max(0.01, Math.min(...known.map(({ min }) => min)))));
  return [from, Math.max(from + 1, Math.ceil(Math.log10(Math.max(...known.map(({ max }) => max)))))];
}

/** Of a picture's width; finer shows the histogram's own buckets, coarser hides two humps. */
const slots = 120;

/** How often which duration came, on a logarithmic axis, with lines at p50, p95 and p99. */
export function distribution(json: HistogramJson, [from, to]: readonly [number, number], title: string): Html {
  const histogram = Histogram.fromJson(json);
  const x = (ms: number): number => ((Math.log10(Math.max(ms, 1e-3)) - from) / (to - from)) * slots;
  const counts = Array<number>(slots).fill(0);
  for (const [least, greatest, count] of histogram.bars()) {
    const slot = Math.floor(x(Math.sqrt(Math.max(least, 1e-3) * greatest)));
    counts[Math.min(slots - 1, Math.max(0, slot))]! += count;
  }
  const most = Math.max(1, ...counts);
  const lines = [0.5, 0.95, 0.99].map((q) => histogram.percentile(q)).filter((ms) => ms !== null);
  const grid = Array.from(
    { length: to - from - 1 },
    (_, at) => `M${round(((at + 1) / (to - from)) * slots)},0V${tall}`,
  );
  return html`<svg
    class="distribution"
    viewBox="0 0 ${slots} ${tall}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${title}"
  >
    <path class="grid" d="${grid.join("")}" />
    <path class="area" d="${steps(slots, (slot) => counts[slot]! / most || null)}" />
    <path class="mark" d="${lines.map((ms) => `M${round(x(ms))},0V${tall}`).join("")}" />
  </svg>`;
}

/** Two parts end to end, as shares of the greatest bar. */
export function bar(app: number, database: number, most: number, title: string): Html {
  const width = (value: number): number => round(most === 0 ? 0 : (value / most) * 100);
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="${title}">
    ${raw(`<rect class="app" width="${width(app)}" height="1"/>`)}
    ${raw(`<rect class="database" x="${width(app)}" width="${width(database)}" height="1"/>`)}
  </svg>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
