import type { RequestScope } from "../edge/edge.ts";
import type { Log } from "../module/module.ts";
import type { PageContext } from "../module/pages.ts";
import type { Change, Directory, MeterReport, ProcessStatus } from "./control.ts";
import type { Seam } from "./seam.ts";

/** An app process as those see it who run it. */
export interface RunningProcess {
  readonly port: number | null;
  readonly listen: string | null;
  /** Where everything is now, and what time it is. */
  direct(directory: Directory): void;
  /** A context as pages have it, for a part of this process. */
  context(pages: string, scope: RequestScope): PageContext;
  /** The seam of a part of this process to a module. */
  seam(from: string, to: string): Seam;
  status(): ProcessStatus;
  /**
   * Begins to measure every call, or ends it. What was measured until now is told at once, so `meter(true)` again asks for
   * it; while it goes on, it is told once a second too.
   */
  meter(on: boolean, say: (report: MeterReport) => void): void;
  /**
   * Changes what becomes of one module here, after the changes asked for before. @returns how much work in hand did not end
   * in time @throws SeamlineError `usage` for what cannot be done as things are; what opening a store throws
   */
  change(change: Change): Promise<number>;
  /** Finishes what is in hand within `withinMs`, and lets everything go. May be called twice, and at once. */
  drain(withinMs: number): Promise<void>;
}

export interface ProcessHooks {
  readonly log: Log;
  /** Told when a part's health changes. */
  health(parts: Readonly<Record<string, string>>): void;
  /** "off"; "report": differences between joined and cut are logged; "fail": they fail the call. */
  readonly detect: "off" | "report" | "fail";
}
