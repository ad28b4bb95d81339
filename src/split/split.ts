import type { StoreAddress } from "../data/data.ts";
import type { StoreDefinition } from "../module/module.ts";

/**
 * The front door of the split room: a module's data moves from one PostgreSQL server to another while it is written to.
 *
 * What it promises: until the commit point nothing has happened that cannot be taken back, and after it nothing that was
 * written is lost or twice there; at no moment can the module write in two places. It holds whoever is killed or frozen
 * in between. What it leaves to others: that callers wait and then ask at the new place (`Gate`), that roles and schema
 * exist at the target (`provision`), and what is in processes.
 *
 * How, with "replicate":
 *
 *   check ─▶ prepare ─▶ copy ─▶ reverse ─▶ fence ─▶ open ─▶ verify ─▶ finish
 *                                            │
 *   the way back: everything is taken away   └─ commit point; from here only forward, or a move back
 *
 * 1. prepare: the module's tables are made at the target, empty and closed, and published at the source.
 * 2. copy: a slot at the source begins to keep what is written; all rows are copied as they were at its beginning; a
 *    subscription at the target takes what the slot has kept, and follows from then on.
 * 3. reverse: the same from target to source without rows, so that the way back is open from the first write on.
 * 4. fence: the gate holds calls; one transaction locks all tables at the source; a marker row, written after it on a
 *    connection of its own, arrives at the target and so proves that all before it has arrived; sequences are set; the
 *    source is closed: every statement of the module fails there with the new address. Its commit is the commit point.
 * 5. open: the target can be written. The gate sends callers there.
 * 6. verify: counts and checksums of both sides as they were in the fence, without holding anybody.
 * 7. finish: replication ends, slots first. Left out, the way back stays quick.
 *
 * Outside the fence nobody waits for a move, so it gives way to the app: its hands rest after each statement (hand.ts).
 *
 * "copy" needs no replication: the rows are copied inside the fence, so writers wait as long as that takes.
 *
 * Moving back, and merging, is the same with `from` and `to` exchanged. A move can be taken up by another process at
 * any point: what remains to be done is read from the databases (state.ts); call `move` again, or `abort`.
 *
 * `move`, `abort`, `finish` and `inspect` are in move.ts, `preflight` is in preflight.ts.
 */
export interface Side {
  /** The superuser of the server; for "copy" its login that provisioned the module is enough. */
  readonly adminUrl: string;
  /** Where the module's store is on it, as `provision` gave it. */
  readonly address: StoreAddress;
}

export type Method = "replicate" | "copy";

/** What the runtime does around the fence. Each may be called again after a failure. */
export interface Gate {
  /** Lets calls to the module wait, and those in hand end. @throws when they do not end in time; nothing is held then */
  hold(): Promise<void>;
  /** Lets held calls go on where they were: the fence did not come about. */
  release(): Promise<void>;
  /** Lets held calls go on at the new address. */
  moveTo(address: StoreAddress): Promise<void>;
}

export interface Limits {
  /** How long a server may take to answer an ordinary question. More: a frozen one is noticed later. */
  readonly answerMs: number;
  /** How long copying may stand still before the move is given up. */
  readonly stallMs: number;
  /** How long the fence may wait for other transactions, in one try. More: callers wait longer behind it. */
  readonly lockMs: number;
  /** How long one try of the fence may take after the lock. */
  readonly fenceMs: number;
  /** Tries of the fence. */
  readonly tries: number;
  /** "copy": how long writers may be held. */
  readonly heldCopyMs: number;
  /** How long the ends are tied up for after a failure. */
  readonly undoMs: number;
}

export const defaultLimits: Limits = {
  answerMs: 5_000,
  stallMs: 30_000,
  lockMs: 300,
  fenceMs: 2_000,
  tries: 5,
  heldCopyMs: 60_000,
  undoMs: 10_000,
};

export const steps = ["check", "prepare", "copy", "reverse", "fence", "open", "verify", "finish"] as const;
export type Step = (typeof steps)[number];

/** Told as a move goes on. Fields are there where they are known. */
export interface Progress {
  readonly step: Step;
  /** What has just been reached in the step. */
  readonly point: string;
  /** Tables that are copied, of all. */
  readonly tables?: { readonly ready: number; readonly total: number };
  /** Copied so far. */
  readonly rows?: number;
  readonly bytes?: number;
  /** How far the target is behind, bytes of the source's log. */
  readonly lagBytes?: number;
  /** Which try of the fence, from 1. */
  readonly attempt?: number;
}

export interface MoveOptions {
  readonly module: string;
  /** The module's tables, for the target. */
  readonly definition: StoreDefinition;
  readonly from: Side;
  readonly to: Side;
  /** Default "replicate". */
  readonly method?: Method;
  /** Left out: nobody is held but by the fence itself, and callers learn of the move by its error. */
  readonly gate?: Gate;
  /** A file that remembers the move. Left out: none is kept, and only the databases know. */
  readonly journal?: string;
  /** Whether replication ends with the move; false leaves the way back quick until `finish`. Default true. */
  readonly finish?: boolean;
  /** After a failure before the commit point: take everything back, or keep it for the next try. Default "undo". */
  readonly onFailure?: "undo" | "keep";
  readonly limits?: Partial<Limits>;
  /** Gives the move up, until its commit point. */
  readonly signal?: AbortSignal;
  readonly report?: (progress: Progress) => void;
}

export interface TableDifference {
  readonly table: string;
  /** Rows at the source and at the target. */
  readonly from: number;
  readonly to: number;
}

export interface MoveReport {
  readonly module: string;
  readonly method: Method;
  /** From the first lock to the opened target, in the try that succeeded; null: another process did that. */
  readonly fencedMs: number | null;
  /** What the check at the moment of the move found; null: it could not be made, because another process was there. */
  readonly verified: { readonly tables: number; readonly rows: number; readonly differences: TableDifference[] } | null;
  /** Whether replication has ended; it goes on where the check found differences, until `finish`. */
  readonly finished: boolean;
}
