import { SeamlineError } from "../contract/errors.ts";
import type { FaultSpec, Subject } from "./faults.ts";
import { identify, isOurs, signal, type Identity } from "./identity.ts";
import { note, undoAll, type UndoLine } from "./journal.ts";
import type { Rule } from "./proxy/rules.ts";
import type { Watchdog } from "./watchdog/watchdog.ts";

export interface DeedOptions {
  readonly id: string;
  readonly spec: FaultSpec;
  readonly subject: Subject;
  readonly journal: string;
  readonly watchdog: Watchdog;
  /** What active faults hold for themselves, by the id of the fault. */
  readonly claims: Map<string, string>;
}

/** How much longer than the fault its parts last that end by themselves: the controller is to be the one who heals. */
const graceMs = 2000;

/** One fault while it is done and undone: what kinds do, they do through it, so that nothing is done that is not undone. */
export class Deed implements AsyncDisposable {
  readonly id: string;
  readonly subject: Subject;
  /** After so long a part that can ends by itself. */
  readonly atMostMs: number;
  readonly #options: DeedOptions;
  readonly #undo = new AsyncDisposableStack();

  constructor(options: DeedOptions) {
    this.id = options.id;
    this.subject = options.subject;
    this.atMostMs = options.spec.forMs + graceMs;
    this.#options = options;
  }

  /** Called at the end, the last first. */
  defer(undo: () => void | Promise<void>): void {
    this.#undo.defer(async () => undo());
  }

  /** Two faults on one thing would undo each other. @throws SeamlineError `fault_refused` */
  claim(thing: string): void {
    const { claims } = this.#options;
    const holder = claims.get(thing);
    if (holder !== undefined)
      throw new SeamlineError("fault_refused", `${thing} is struck by fault ${holder} already: heal that one first`, {
        data: { thing, fault: holder },
      });
    claims.set(thing, this.id);
    this.defer(() => void claims.delete(thing));
  }

  /** Which process that is. @throws SeamlineError `fault_refused` when it is not one of ours */
  async own(pid: number, what: string): Promise<Identity> {
    const identity = identify(pid);
    if (identity !== null && (await isOurs(pid))) return identity;
    throw new SeamlineError(
      "fault_refused",
      `${what}: process ${pid} was not started by this deployment, so it is left alone`,
      { data: { pid } },
    );
  }

  /** Stops processes, in this order, until the end. */
  stop(processes: readonly Identity[]): void {
    for (const process of processes) {
      this.remember(process, "SIGCONT");
      signal(process, "SIGSTOP");
    }
  }

  /** Writes down and defers the signal that undoes. */
  remember({ pid, start }: Identity, undo: UndoLine["signal"]): void {
    const line: UndoLine = { event: "undo", id: this.id, signal: undo, pid, start };
    note(this.#options.journal, line);
    this.defer(() => undoAll([line]));
  }

  /** Lets processes run only for a share of each period. */
  async beat(processes: readonly Identity[], share: number, periodMs: number): Promise<void> {
    const { id } = this;
    for (const process of processes) this.remember(process, "SIGCONT");
    this.defer(() => this.#options.watchdog.tell({ do: "end", id }));
    const untilMs = Date.now() + this.atMostMs;
    await this.#options.watchdog.tell({ do: "beat", id, processes, share, periodMs, untilMs });
  }

  async rule(links: readonly string[], rule: Rule): Promise<void> {
    const proxied = this.subject.links()!;
    this.defer(() => proxied.clear(this.id));
    await proxied.rule(this.id, links, rule, this.atMostMs);
  }

  /** Undoes all. May be called twice. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#undo.disposeAsync();
  }
}
