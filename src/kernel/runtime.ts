import type { Log } from "../module/module.ts";
import type { Identities } from "./identity.ts";
import type { BoundOperation } from "./operation.ts";

/** What everything in one process shares. */
export interface Runtime {
  readonly guarded: boolean;
  readonly log: Log;
  readonly identities: Identities;
  /** The time that handlers are told. */
  now(): Date;
  /** The location-difference detector; null: off. */
  readonly detect: Detector | null;
}

/** Told of every value that a joined call carried. @throws CallError `internal` where it is to be strict */
export type Detector = (operation: BoundOperation, side: "input" | "output", copy: unknown) => void;
