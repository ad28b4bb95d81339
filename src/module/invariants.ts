import type { Words } from "./scenario.ts";

/**
 * What must hold in an app's data at any time, written by the app and checked from outside its modules: `seamline
 * verify`. A check reads the modules' own tables, each as that module's role, and changes nothing.
 */
export interface InvariantProgram {
  readonly checks: readonly Invariant[];
  /**
   * Ids of what scenarios have written (`writes` in module/scenario.ts), each as often as it is in the data. Left out:
   * after a comparison nobody can say whether a write was lost.
   */
  written?(access: InvariantAccess): Promise<readonly string[]>;
}

/**
 * Kinds of wrong data: more was given away than there is; one operation is there in part; something points to what is
 * not there.
 */
export const violationKinds = ["oversold", "torn", "orphan"] as const;
export type ViolationKind = (typeof violationKinds)[number];

export interface Invariant {
  /** Short and unique: "I1". Ids that begin with "S" are Seamline's own. */
  readonly id: string;
  /** What holds, as a sentence. */
  readonly says: Words;
  /** It holds only when nothing is on its way: no event undelivered, no saga running. Default false. */
  readonly quiescent?: boolean;
  /** What a violation of it is, so that a comparison counts it under that name. Left out: none of these. */
  readonly kind?: ViolationKind;
  run(access: InvariantAccess): Promise<Findings>;
}

export interface InvariantAccess {
  /**
   * Rows of one module's store. In one run of one check, all reading of one module is of one moment; two modules are
   * read at two moments, so a check over several that is not `quiescent` must allow for what happens in between.
   */
  sql(module: string, text: string, values?: readonly unknown[]): Promise<Record<string, any>[]>;
  /** The app's time. */
  now(): Date;
  progress(message: string): void;
}

export interface Findings {
  /** How many things were looked at. None is a finding too: a check of nothing proves nothing. */
  readonly checked: number;
  readonly violations: readonly Violation[];
}

export interface Violation {
  /** Of the thing that is wrong. */
  readonly id: string;
  /** What is wrong with it, as plain JSON. */
  readonly what: Readonly<Record<string, unknown>>;
}
