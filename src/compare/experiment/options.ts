import type { App } from "../../module/app.ts";
import type { ProgressColumn } from "../../load/plan.ts";
import type { Topology } from "../../topology/topology.ts";
import type { Phase } from "../slices.ts";

/** What an experiment is told, and what it tells while it runs. */

/** One side of a comparison. Whether it is naive or guarded is said by its topology. */
export interface ColumnSpec {
  /** "monolith naive" */
  readonly name: string;
  /** As it was asked for: "monolith", or a file's name. */
  readonly topologyName: string;
  readonly topology: Topology;
}

export interface FaultWish {
  /** "crash" */
  readonly kind: string;
  /** "reviews", "stay-web>reviews", "edge" */
  readonly target: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** How long each phase of a column's turn takes, in ms. */
export interface Windows {
  /** Load that is not counted. */
  readonly warmupMs: number;
  readonly baselineMs: number;
  /** Load before each fault that is not counted, so that it strikes what is in use. */
  readonly leadMs: number;
  /** The first moment of a fault, which is not counted in availability. */
  readonly graceMs: number;
  /** The rest of it. */
  readonly faultMs: number;
  /** At least so long; up to three times as long, until users have been served well for 5 s. */
  readonly recoveryMs: number;
  /** Rest after a turn, without load. */
  readonly idleMs: number;
  /** After so long without a whole answer a request has hung. */
  readonly hangMs: number;
}

export interface ExperimentOptions {
  readonly app: App;
  /** File URL of the module whose default export the app is. */
  readonly appUrl: string;
  readonly columns: readonly ColumnSpec[];
  readonly scenario: string;
  /** None: only a baseline is measured. */
  readonly faults: readonly FaultWish[];
  /** Requests a second to the column whose turn it is. */
  readonly rate: number;
  /** Turns of each column. */
  readonly repetitions: number;
  readonly windows: Windows;
  /** The same seed sends the same requests at the same times. */
  readonly seed: string;
  /** Several columns come up at once: sooner, but then nothing can be said of how long each takes. Default false. */
  readonly together?: boolean;
  /** The directory of all runs, such as .seamline/runs. */
  readonly runs: string;
  /** What made it, ready to copy. Left out: worked out from the other options. */
  readonly command?: string;
  /** Ends it early: faults are healed, everything is stopped, and the recording stays. */
  readonly signal: AbortSignal;
  readonly onProgress: (step: ExperimentProgress) => void;
}

/** What becomes of a column before and after its turns. */
export type ColumnState = "starting" | "seeding" | "ready" | "verifying" | "verified" | "stopping" | "stopped";

export type ExperimentProgress =
  /** The recording has begun. */
  | { readonly type: "begun"; readonly directory: string; readonly id: string; readonly plannedMs: number }
  | { readonly type: "column"; readonly column: string; readonly state: ColumnState }
  /** A phase of a turn begins. `number` counts from 1 up to `of`, over all columns and repetitions. */
  | ({ readonly type: "window"; readonly number: number; readonly of: number; readonly forMs: number } & Moment)
  /** About every second: what came of this column's requests in the phases since the load began to come to it. */
  | ({ readonly type: "load"; readonly leftMs: number; readonly load: ProgressColumn } & Moment)
  | {
      readonly type: "fault";
      readonly column: string;
      readonly fault: string;
      readonly state: FaultState;
      readonly detail: string;
    }
  /** The generator does not keep up, so that the column's figures will not count. Told once a column and reason. */
  | { readonly type: "invalid"; readonly column: string; readonly why: "dropped" | "loop" }
  /** Waits until what a fault left behind is over. */
  | { readonly type: "settling"; readonly column: string; readonly why: string }
  | { readonly type: "done"; readonly complete: boolean; readonly why: string };

export type FaultState = "applied" | "healed" | "failed";

/** Where an experiment is. */
export interface Moment {
  readonly column: string;
  /** From 0. */
  readonly repetition: number;
  readonly repetitions: number;
  readonly phase: Phase;
  /** Its id, such as "crash:reviews"; null: none. */
  readonly fault: string | null;
  /** Until the planned end of the whole experiment. */
  readonly remainingMs: number;
}

export interface ExperimentOutcome {
  readonly directory: string;
  /** The run's number. */
  readonly id: string;
  /** false: it was interrupted, or could not go on; the recording has what was seen before. */
  readonly complete: boolean;
  /** "" of a complete one, "interrupted", or what went wrong. */
  readonly why: string;
  /** The error that ended it; undefined: none. */
  readonly cause: unknown;
}
