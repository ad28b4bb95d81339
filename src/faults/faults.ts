import type { z } from "zod";
import type { StoreAddress } from "../data/data.ts";
import type { Words } from "../module/scenario.ts";
import type { Deed } from "./deed.ts";
import type { Machine } from "./probe.ts";

/**
 * The front door of the faults room. A fault is real and comes from outside: a signal, a proxy, a session of the database,
 * a tracer. No module knows of it. Each has an end; what must be undone is on disk before it is done; and a watchdog heals
 * when whoever applied it is gone.
 */

export const targetTypes = ["process", "database", "link", "edge"] as const;
export type TargetType = (typeof targetTypes)[number];

export interface FaultSpec {
  /** "crash" */
  readonly kind: string;
  /** "reviews", "board#0", "web>reviews", "reviews>database", "edge". */
  readonly target: string;
  /** After so long it is healed by itself. */
  readonly forMs: number;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface Fault extends FaultSpec {
  readonly id: string;
  /** What it strikes. */
  readonly strikes: TargetType;
  /** With the values that were left out. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** On the machine's clock, ms since 1970. */
  readonly appliedAt: number;
  readonly endsAt: number;
}

/** What became of a fault. `failed`: it could not be undone whole; the watchdog goes on trying. */
export interface FaultNews {
  readonly state: "applied" | "healed" | "failed";
  readonly fault: Fault;
  /** Why it failed, "" otherwise. */
  readonly detail: string;
}

/** What faults are told about the deployment that they are to strike, and may do to it. Nothing else is touched. */
export interface Subject {
  /** Of the deployment: here lies the journal. */
  readonly directory: string;
  /** Whether faults inside a process were allowed when it was started. */
  readonly codeFaults: boolean;
  readonly stores: Readonly<Record<string, StoreAddress>>;
  processes(): readonly SubjectProcess[];
  databases(): readonly SubjectDatabase[];
  /** null: calls go directly, and there is nothing to put a rule on. */
  links(): SubjectLinks | null;
}

export interface SubjectProcess {
  /** "board#0" */
  readonly id: string;
  readonly process: string;
  readonly modules: readonly string[];
  readonly pid: number | null;
  /** After its end no next life begins until this is let go. @returns lets go; may be called twice */
  hold(): () => void;
  tell(message: object): void;
}

export interface SubjectDatabase {
  readonly name: string;
  readonly modules: readonly string[];
  /** null: it is down, or not ours. */
  readonly pid: number | null;
  readonly external: boolean;
  hold(): () => void;
}

export interface SubjectLinks {
  readonly all: readonly SubjectLink[];
  rule: (fault: string, links: readonly string[], rule: object, forMs: number) => Promise<void>;
  clear: (fault: string) => Promise<void>;
}

export interface SubjectLink {
  /** The proxy's name for it. */
  readonly name: string;
  /** All words that mean this end; the first is shown. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Whether it is struck only by its own name: to one of the app's programs, or between two that hardly ever speak. */
  readonly aside?: boolean;
}

export type Target =
  | { readonly type: "process"; readonly processes: readonly SubjectProcess[] }
  | { readonly type: "database"; readonly database: SubjectDatabase; readonly modules: readonly string[] }
  | { readonly type: "link" | "edge"; readonly links: readonly string[] };

export type TargetOf<T extends TargetType> = Extract<Target, { type: T }>;

/** One kind of fault. */
export interface Kind<T extends TargetType = TargetType, S extends z.ZodObject = z.ZodObject> {
  readonly kind: string;
  readonly says: Words;
  readonly targets: readonly T[];
  /** Whether it happens inside the program: a fault of code rather than of a machine. */
  readonly code?: boolean;
  readonly parameters: S;
  /** Why this machine cannot; null: it can. */
  can(machine: Machine): Promise<string | null>;
  /** Does it, and gives the deed what undoes it, each part before it is done. */
  apply(target: TargetOf<T>, parameters: z.output<S>, deed: Deed): Promise<void>;
}

/** Infers the types of a kind from its table. */
export function defineKind<const T extends TargetType, S extends z.ZodObject>(kind: Kind<T, S>): Kind {
  return kind as unknown as Kind;
}
