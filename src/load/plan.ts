import type { HistogramJson } from "../record/histogram.ts";
import type { Outcome } from "../record/outcome.ts";
import type { Arrivals } from "./schedule.ts";

/** What the generator's process is told, and what it tells: plain JSON. */

/** One side: where its parts answer HTTP. */
export interface LoadColumn {
  readonly name: string;
  /** Base URL of the pages. */
  readonly url: string;
  /** Base URLs of parts that answer themselves; requests to other parts go to `url`. */
  readonly parts?: Readonly<Record<string, string>>;
}

export interface LoadFeature {
  readonly name: string;
  readonly promiseMs: number;
}

export interface LoadPlan {
  /** File URL of the module whose default export is the app. */
  readonly appUrl: string;
  readonly scenario: string;
  /** Of the data that the app was filled with; null: none. */
  readonly size: string | null;
  /** In the order of the recording's `run` line, and so are the features: samples name them by their places. */
  readonly columns: readonly LoadColumn[];
  readonly features: readonly LoadFeature[];
  /** `process.hrtime.bigint()` of the run's start, which times count from. */
  readonly originNs: string;
  /** A step that has had no whole answer for so long has hung, and its connection is destroyed. */
  readonly hangMs: number;
  /** Arrivals beyond so many on their way to one side are dropped. */
  readonly mostInFlight: number;
  /** A file that samples are appended to. null: none. */
  readonly samples: string | null;
  /** By how much the app's time is ahead of the machine's. */
  readonly clockOffsetMs: number;
}

export interface WindowPlan {
  readonly id: string;
  /** Names of columns: each gets the same schedule at the same time. */
  readonly columns: readonly string[];
  /** In ms since the run's start. Left out, or past: as soon as the schedule is made. */
  readonly fromMs?: number | undefined;
  readonly forMs: number;
  /** Arrivals a second and column. */
  readonly rate: number;
  readonly seed: string;
  readonly arrivals?: Arrivals | undefined;
}

export interface FeatureTally {
  readonly feature: string;
  readonly offered: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of those that kept their promise. */
  readonly degraded: number;
  /** Of right answers, early or late. */
  readonly latency: HistogramJson;
  /** What was wrong with those that were not, the most frequent first. */
  readonly reasons: readonly Reason[];
  /** By name, the honest refusals that were in time. */
  readonly refusals: readonly Reason[];
}

export interface Reason {
  readonly reason: string;
  readonly count: number;
}

export interface ColumnTally {
  readonly column: string;
  /** Of the schedule: equal on every side. */
  readonly digest: string;
  readonly offered: number;
  /** Sent later than `lateMs` after they were to be. */
  readonly late: number;
  readonly features: readonly FeatureTally[];
}

/** What came of a window, when its last request has ended; `toMs` is when the sending ended. */
export interface WindowTally {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: readonly ColumnTally[];
  /** Of the generator's own process, over the window. */
  readonly generator: {
    readonly loopP99Ms: number;
    readonly cpuMs: number;
    /** Share of all processors' time that other machines took, 0 to 1; null: not known. */
    readonly taken: number | null;
  };
}

/** A second of a window, for who watches. */
export interface Progress {
  readonly id: string;
  readonly elapsedMs: number;
  readonly loopP99Ms: number;
  readonly columns: readonly ProgressColumn[];
}

export interface ProgressColumn {
  readonly column: string;
  /** Since the window's beginning. */
  readonly sent: number;
  readonly good: number;
  readonly ended: number;
  readonly dropped: number;
  readonly late: number;
  readonly inFlight: number;
  /** Of the answers since the progress before; null: there were none. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export type ToGenerator =
  | { readonly type: "plan"; readonly plan: LoadPlan }
  | { readonly type: "window"; readonly window: WindowPlan }
  | { readonly type: "cancel"; readonly id: string }
  | { readonly type: "finish"; readonly id: string }
  | { readonly type: "stop" };

export type FromGenerator =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "done"; readonly tally: WindowTally }
  /** `id` null: the generator itself, which ends. */
  | { readonly type: "failed"; readonly id: string | null; readonly code: string; readonly message: string };
