import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SeamlineError } from "../../contract/errors.ts";
import { openBulk } from "../../deploy/bulk.ts";
import { deploy, type Deployment, type DeployEvent } from "../../deploy/deploy.ts";
import { withAnyPorts } from "../../deploy/ports.ts";
import { verify } from "../../deploy/verify/verify.ts";
import type { Fault } from "../../faults/faults.ts";
import type { LoadColumn } from "../../load/load.ts";
import type { ColumnSpec, ExperimentOptions } from "./options.ts";
import type { PlannedFault, Prepared } from "./prepare.ts";
import type { Recorder } from "./recorder.ts";

/** What all columns of an experiment share. */
export interface Shared {
  readonly options: ExperimentOptions;
  readonly prepared: Prepared;
  readonly recorder: Recorder;
  /** Ends everything: the user's signal, or a recording that cannot be written. */
  readonly signal: AbortSignal;
}

/** A fault that has been applied. */
export interface Struck {
  readonly appliedAt: number;
  /** When it was over, or was seen not to be to be undone; rejects when neither came in time. */
  readonly over: Promise<number>;
}

/** How much later than its end a fault may be healed: what heals it may have to wait for sessions or a start. */
const healingMs = 35_000;
/** How long what follows from a column's data may take to be there. */
const filledMs = 60_000;
const lookMs = 100;

/** One column: its own deployment, with its own data and ports, of which everything that happens is recorded. */
export class Side {
  readonly name: string;
  readonly deployment: Deployment;
  readonly #shared: Shared;
  readonly #events: Events;

  /** Brings it up and fills it. @throws whatever `deploy` throws; nothing is left running then */
  static async up(spec: ColumnSpec, shared: Shared): Promise<Side> {
    const { options, prepared, recorder, signal } = shared;
    const { app, appUrl, onProgress, together = false } = options;
    const { name } = spec;
    const events = new Events(name, shared);
    const begun = recorder.now();
    onProgress({ type: "column", column: name, state: "starting" });
    const directory = join(recorder.directory, "columns", wordOf(name));
    const deployment = await deploy({
      ...{ app, appUrl, topology: withAnyPorts(spec.topology), topologyName: wordOf(name), directory, signal },
      ...{ links: prepared.links, codeFaults: prepared.codeFaults },
      onEvent: (event) => events.hear(event),
    }).catch(async (error: unknown) => {
      await keepLogs(directory);
      throw error;
    });
    const side = new Side(name, deployment, shared, events);
    try {
      const t = recorder.now();
      const processes = deployment.processes().map(({ id, startMs }) => [id, startMs ?? 0] as const);
      // Columns that start at once take each other's time.
      if (!together)
        recorder.write({ type: "start", column: name, t, ms: t - begun, processes: Object.fromEntries(processes) });
      await side.#seed();
      onProgress({ type: "column", column: name, state: "ready" });
      return side;
    } catch (error) {
      await side.stop();
      throw error;
    }
  }

  private constructor(name: string, deployment: Deployment, shared: Shared, events: Events) {
    this.name = name;
    this.deployment = deployment;
    this.#shared = shared;
    this.#events = events;
  }

  /** Where users reach it. A name in place of the address would be looked up for every connection. */
  get load(): LoadColumn {
    const { ports } = this.deployment.endpoints();
    const url = (port: number | string): string => `http://127.0.0.1:${port}/`;
    const parts = Object.entries(ports).map(([part, port]) => [part, url(port)]);
    return { name: this.name, url: url(new URL(this.deployment.url!).port), parts: Object.fromEntries(parts) };
  }

  /** Applies a fault, which ends by itself. @throws SeamlineError `fault_refused` or `usage`; nothing is broken then */
  async strike({ id, kind, target, parameters }: PlannedFault, repetition: number, forMs: number): Promise<Struck> {
    const { recorder } = this.#shared;
    const over = this.#events.expect({ id, repetition });
    try {
      await this.deployment.faults.apply({ kind, target, parameters, forMs });
    } catch (error) {
      this.#failed(id, repetition, (error as Error).message);
      throw error;
    }
    const inTime = Promise.race([over, late(forMs + healingMs, id)]);
    // Nobody waits for it any more where the experiment ends early.
    inTime.catch(() => {});
    return { appliedAt: recorder.now(), over: inTime };
  }

  /** Says that there is nothing in this column that a fault could strike. */
  spare({ id }: PlannedFault, repetition: number, why: string): void {
    this.#failed(id, repetition, why);
  }

  /** What keeps it from being whole; empty: nothing. */
  missing(): string[] {
    const processes = this.deployment
      .processes()
      .filter(({ state, parts }) => state !== "ready" || Object.values(parts).some((part) => part !== "ready"));
    const databases = this.deployment.databases().filter(({ state }) => state !== "ready" && state !== "external");
    return [...processes.map(({ id, state }) => `${id} ${state}`), ...databases.map(({ name }) => `database ${name}`)];
  }

  /** Waits until nothing is on its way, and looks whether its data is sound. */
  async verify(): Promise<void> {
    const { options, recorder, signal } = this.#shared;
    options.onProgress({ type: "column", column: this.name, state: "verifying" });
    const program = (await options.app.invariants?.())?.default ?? null;
    const { checks } = await verify(program, this.deployment.stores(), { signal });
    recorder.write({
      ...{ type: "invariants", column: this.name, t: recorder.now() },
      checks: checks.map(({ id, says, kind, state, checked, violations }) => ({
        ...{ id, says: { ...says }, kind, state, checked, violations: violations.length },
      })),
    });
    options.onProgress({ type: "column", column: this.name, state: "verified" });
  }

  /** Heals and stops everything, and keeps of its directory only the logs. */
  async stop(): Promise<void> {
    await this.deployment.stop();
    await keepLogs(this.deployment.directory);
    this.#shared.options.onProgress({ type: "column", column: this.name, state: "stopped" });
  }

  #failed(id: string, repetition: number, detail: string): void {
    const { recorder, options } = this.#shared;
    const common = { column: this.name, state: "failed", detail } as const;
    recorder.write({ type: "fault", ...common, id, repetition, t: recorder.now() });
    options.onProgress({ type: "fault", ...common, fault: id });
  }

  async #seed(): Promise<void> {
    const { options, prepared, recorder, signal } = this.#shared;
    if (options.app.seed === null || prepared.size === null) return;
    options.onProgress({ type: "column", column: this.name, state: "seeding" });
    const { directory, clockOffsetMs } = this.deployment;
    const target = { stores: this.deployment.stores(), directory, clockOffsetMs };
    const program = (await options.app.seed()).default;
    await using bulk = openBulk(target, () => {}, signal);
    await program.run(prepared.size, bulk.access);
    signal.throwIfAborted();
    await bulk.commit();
    await using after = openBulk(target, () => {}, signal);
    const end = recorder.now() + filledMs;
    while ((await program.settled?.(after.access)) === false) {
      if (recorder.now() > end)
        throw new SeamlineError("start_failed", `${this.name}: its data were not settled within ${filledMs / 1000} s`);
      await sleep(lookMs, undefined, { signal });
    }
  }
}

/** Data would fill the disk run by run; logs are small, and errors name them. */
export async function keepLogs(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) if (name !== "logs") await rm(join(directory, name), { recursive: true, force: true });
}

/** A name that a directory and a database may have. */
function wordOf(column: string): string {
  return column.replace(/[^A-Za-z0-9]+/g, "-").toLowerCase();
}

async function late(afterMs: number, id: string): Promise<never> {
  await sleep(afterMs, undefined, { ref: false });
  throw new SeamlineError("internal", `the fault ${id} was not healed within ${healingMs / 1000} s of its end`);
}

/** Turns what a deployment tells into lines. */
class Events {
  readonly #column: string;
  readonly #shared: Shared;
  /** By process, the pid of its latest life. */
  readonly #spawned = new Map<string, number | null>();
  #expected: { id: string; repetition: number; over: PromiseWithResolvers<number> } | null = null;

  constructor(column: string, shared: Shared) {
    this.#column = column;
    this.#shared = shared;
  }

  /** The next fault is this one. Resolves with when it was over. */
  expect(fault: { id: string; repetition: number }): Promise<number> {
    const over = Promise.withResolvers<number>();
    this.#expected = { ...fault, over };
    return over.promise;
  }

  hear(event: DeployEvent): void {
    if (event.type === "process") this.#process(event.process);
    else if (event.type === "database") this.#database(event.database);
    else if (event.type === "fault") this.#fault(event);
  }

  #process({ id, program, state, pid, parts }: Extract<DeployEvent, { type: "process" }>["process"]): void {
    const { recorder } = this.#shared;
    // While it starts, more becomes known of it; its spawn is one moment.
    if (state === "starting" && this.#spawned.get(id) === pid) return;
    if (state === "starting") this.#spawned.set(id, pid);
    const whole = Object.values(parts).every((part) => part === "ready");
    const known = { starting: "starting", frozen: "degraded", ready: whole ? "ready" : "degraded" } as const;
    recorder.write({
      ...{ type: "process", column: this.#column, t: recorder.now(), process: id, kind: program ? "program" : "app" },
      state: known[state as keyof typeof known] ?? "down",
      ...(pid !== null && { pid }),
      ...(state === "starting" && { cpuMs: 0 }),
    });
  }

  #database({ name, state, pid }: Extract<DeployEvent, { type: "database" }>["database"]): void {
    const { recorder } = this.#shared;
    recorder.write({
      ...{ type: "process", column: this.#column, t: recorder.now(), process: `database ${name}`, kind: "database" },
      state: state === "ready" || state === "external" ? "ready" : "down",
      ...(pid !== null && { pid }),
    });
  }

  #fault({
    state,
    detail,
  }: {
    readonly state: "applied" | "healed" | "failed";
    readonly fault: Fault;
    detail: string;
  }) {
    const { recorder, options } = this.#shared;
    if (this.#expected === null) return;
    const { id, repetition, over } = this.#expected;
    const t = recorder.now();
    recorder.write({ type: "fault", column: this.#column, id, repetition, t, state, detail });
    options.onProgress({ type: "fault", column: this.#column, fault: id, state, detail });
    if (state !== "applied") over.resolve(t);
  }
}
