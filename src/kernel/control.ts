import type { StoreAddress } from "../data/data.ts";
import type { SeamLine } from "../record/recording.ts";
import type { Topology } from "../topology/topology.ts";
import type { Address } from "../wire/wire.ts";

/**
 * What deploy and one app process say to each other. Everything is plain JSON over the child's IPC channel; nothing of
 * it lies on the path of a call. Losing the channel means that the deployment is gone: the process drains and leaves.
 */

/** All that a process must know to run. Given once, as the first message. */
export interface ProcessConfig {
  readonly deployment: string;
  /** The process group's name in the topology, and which replica of it this is. */
  readonly process: string;
  readonly replica: number;
  /** File URL of the module whose default export is the app. */
  readonly app: string;
  readonly topology: Topology;
  readonly graph: GraphFacts;
  /** Where to listen for calls of other processes; null where no other process has a seam to this one. */
  readonly listen: Address | null;
  /** HTTP port; null: none; 0: any. */
  readonly port: number | null;
  readonly stores: Readonly<Record<string, StoreAddress>>;
  /** The deployment's secret, 64 hex digits. */
  readonly secret: string;
  /** Ed25519 keys (base64 DER) for identities; the private one only where the identity module runs. */
  readonly identityPublicKey: string;
  readonly identityPrivateKey: string | null;
  /** Directory of this deployment's files. */
  readonly directory: string;
  /** Whether the process does itself harm when it is told to, so that the harm can be measured. Left out: it does not. */
  readonly codeFaults?: boolean;
}

/** All that one of the app's programs must know to run. */
export interface ProgramConfig {
  readonly program: string;
  /** File URL of the module whose default export is the app. */
  readonly app: string;
  /** Where to listen; 0: any port. */
  readonly port: number;
  /** What it shares with the modules that declare it, 64 hex digits. */
  readonly secret: string;
  /** A directory for its own files; made by the program's process. */
  readonly directory: string;
  /** As of a process of modules. */
  readonly codeFaults?: boolean;
}

/** Facts about the whole app that a process cannot know from the parts it loads. */
export interface GraphFacts {
  /** Part (module or pages) → modules it may ask. */
  readonly uses: Readonly<Record<string, readonly string[]>>;
  /** "module.event" → modules that subscribe. */
  readonly subscribers: Readonly<Record<string, readonly string[]>>;
  /** Modules that have a store, so that their commands may be retried under a key. */
  readonly stores: readonly string[];
}

/** Where everything is now, and what time it is; pushed to every process whenever it changes. */
export interface Directory {
  /** Module → addresses of the ready processes that hold it (none: it is down). */
  readonly endpoints: Readonly<Record<string, readonly Address[]>>;
  /** Module, pages or program → HTTP port of its process, now or before it went away. */
  readonly ports: Readonly<Record<string, number>>;
  /** By how much the app's time is ahead of the machine's. */
  readonly clockOffsetMs: number;
  /** Modules whose calls wait now, whoever makes them. Left out: none. */
  readonly held?: readonly string[];
}

/**
 * What a process is told to do about one module while it runs (rebind.ts). Each may be told again, and does nothing then.
 * `withinMs` is for work in hand.
 */
export type Change =
  /** Lets calls to a module of this process wait, stops what it does by itself, and finishes what is in hand. */
  | { readonly do: "hold"; readonly module: string; readonly withinMs: number }
  /** Connects to where its store will soon be, so that nobody waits for that while it is held. The schema is there. */
  | { readonly do: "expect"; readonly module: string; readonly store: StoreAddress }
  /** Lets the calls go on, here. */
  | { readonly do: "release"; readonly module: string }
  /**
   * Runs the module here, or from now on with a store at another address: then it must be held. `identityPrivateKey` is
   * given where it is the identity module.
   */
  | {
      readonly do: "host";
      readonly module: string;
      readonly store: StoreAddress | null;
      readonly identityPrivateKey: string | null;
    }
  /** Runs it here no longer. Calls that still come are passed on to where it is. */
  | { readonly do: "unhost"; readonly module: string; readonly withinMs: number };

export type ToProcess =
  | { readonly type: "configure"; readonly config: ProcessConfig | ProgramConfig; readonly directory: Directory }
  | { readonly type: "directory"; readonly directory: Directory }
  /** Drain and exit with code 0 within `withinMs`. */
  | { readonly type: "drain"; readonly withinMs: number }
  | { readonly type: "status"; readonly id: number }
  /** Measure every call from now on, or no more. Either way it is told at once what was measured until now. */
  | { readonly type: "meter"; readonly on: boolean }
  | { readonly type: "change"; readonly id: number; readonly change: Change };

export type FromProcess =
  /** The entry point is up and listening for `configure`. */
  | { readonly type: "hello" }
  /** `listen` is where it really listens, which tells the port where the configuration asked for "tcp:127.0.0.1:0". */
  | { readonly type: "ready"; readonly port: number | null; readonly listen: Address | null; readonly startMs: number }
  /** A part is ready or not (for instance its database is away); the process goes on. */
  | { readonly type: "health"; readonly parts: Readonly<Record<string, string>> }
  | { readonly type: "failed"; readonly code: string; readonly message: string; readonly part: string | null }
  | { readonly type: "status"; readonly id: number; readonly status: ProcessStatus }
  /** Once a second while it measures, and when it is told to. */
  | { readonly type: "meter"; readonly report: MeterReport }
  /** A change is done, but for `left` pieces of work that did not end in time; or it is not done at all. */
  | { readonly type: "changed"; readonly id: number; readonly left: number }
  | { readonly type: "unchanged"; readonly id: number; readonly code: string; readonly message: string };

export interface ProcessStatus {
  readonly pid: number;
  readonly rssBytes: number;
  readonly cpuMs: number;
  readonly parts: Readonly<Record<string, string>>;
  readonly seams: readonly SeamStatus[];
}

export interface SeamStatus {
  readonly from: string;
  readonly to: string;
  readonly binding: "joined" | "cut" | "held";
  readonly calls: number;
  /** Calls that ended with an error of any kind. */
  readonly failed: number;
  /** Also those that wait at a seam that is held. */
  readonly inFlight: number;
}

/** What a process measured since its report before; only `inFlight` and `cpuMs` are as they are now. */
export interface MeterReport {
  readonly seams: readonly SeamDelta[];
  /** Of the event loop's delay. */
  readonly loopP99Ms: number;
  /** CPU time since the process's start. */
  readonly cpuMs: number;
}

/** A recording's line without what only the experiment knows. */
export type SeamDelta = Omit<SeamLine, "column" | "t">;
