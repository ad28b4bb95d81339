import type { Watched } from "../deploy/watching.ts";
import type { Preflight } from "./preflight.ts";
import type { Limits, Method, MoveReport, Progress } from "./split.ts";

/**
 * The front door of moves of a whole module in a deployment that runs: its code to another process, its data to another
 * server, or both. It joins the two halves that each do one of these: the deployment (`Rebinding`), which is asked over
 * its control socket, and `move`.
 *
 * A move is from one place to another and has a record, `moves/MODULE.json` in the deployment's directory, from before
 * anything is changed until it has ended:
 *
 *   check ─▶ record ─▶ process ─▶ data (`move`, with the deployment as its gate) ─▶ done
 *
 * The process comes first, because nobody is held for it and it can be taken back at any time; so whatever fails, or is
 * given up, before the data's commit point leaves everything as it was. After that point it goes forward.
 *
 * Who carries a move out may die at any point. The record, the deployment and the databases say how far it is: the same
 * wish again goes on from there, and `abort` takes it back. The last move that ended is remembered too
 * (`moves/MODULE.done.json`), so that `rollback` knows where the module came from.
 *
 * One controller at a time works on a deployment; the operating system's lock says so, and goes with its process.
 *
 * `beginMove`, `abort`, `rollback` and `statusOf` are in moving.ts, where things go by default in targets.ts, what is
 * said beforehand in plan.ts.
 */

/** Where a module is: names of the topology. */
export interface Place {
  readonly process: string;
  /** null: it has no data. */
  readonly server: string | null;
}

/** What is moved of a module. */
export type Portion = "process" | "server" | "both";

/** Where a module is to be. */
export type Wish =
  /** To a process and a server of its own. */
  | { readonly to: "own"; readonly portion: Portion }
  /** Back to where the rest is; or to the process and server of the module `into`. */
  | { readonly to: "rest"; readonly portion: Portion; readonly into: string | null }
  /** To a process and a server by their names; null: that stays. What is not there is made. */
  | { readonly to: "place"; readonly process: string | null; readonly server: string | null };

export interface Live {
  /** Path of the deployment's control socket, and its directory. */
  readonly control: string;
  readonly directory: string;
}

export interface LiveOptions extends Live {
  readonly module: string;
  readonly method?: Method;
  readonly limits?: Partial<Limits>;
  /** Gives the move up, until its data's commit point. */
  readonly signal?: AbortSignal;
  readonly report?: (progress: LiveProgress) => void;
}

/** Told as a move goes on. */
export type LiveProgress =
  | {
      readonly step: "begin";
      readonly from: Place;
      readonly to: Place;
      readonly resumed: boolean;
      readonly method: Method;
      /** "copy": about how long calls will be held; null: not known, or hardly. */
      readonly heldMs: number | null;
    }
  | { readonly step: "process"; readonly point: "begun" | "ended"; readonly process: string }
  | Progress
  /** Calls are let wait, or go on after `ms`; `held` calls waited meanwhile, where that is known. */
  | { readonly step: "gate"; readonly point: "holding" }
  | { readonly step: "gate"; readonly point: "released" | "moved"; readonly ms: number; readonly held: number | null };

export interface LiveReport {
  readonly module: string;
  readonly from: Place;
  readonly to: Place;
  /** null: only the process changed. */
  readonly data: MoveReport | null;
  /** How long calls were held, at the longest at a stretch; null: they were not, or another controller did that. */
  readonly pauseMs: number | null;
  /** Calls that waited then; null: not known. */
  readonly held: number | null;
  /** Calls of other modules to this one from begin to end; null: not known. */
  readonly calls: Watched | null;
}

export interface LivePlan {
  readonly module: string;
  readonly from: Place;
  readonly to: Place;
  /** null: only the process changes. */
  readonly data: Preflight | null;
  /** Rows, counted; null: the data stays, or is so large that only `data.rows` estimates them. */
  readonly rows: number | null;
  /** About how long calls will be held, and how long the copy before that takes; null: the data stays. */
  readonly heldMs: number | null;
  readonly copyMs: number | null;
  /** Why it would be refused, with the remedies; empty: it may begin. */
  readonly refusals: readonly string[];
}

export type LiveStatus =
  | { readonly at: "none" }
  /** Begun and not ended; `running`: a controller is at it; `committed`: it can only go forward. */
  | {
      readonly at: "begun";
      readonly from: Place;
      readonly to: Place;
      readonly begunAt: string;
      readonly running: boolean;
      readonly committed: boolean;
    }
  | { readonly at: "done"; readonly from: Place; readonly to: Place; readonly endedAt: string };
