import type { ChildProcess } from "node:child_process";
import { SeamlineError } from "../../contract/errors.ts";
import type {
  Change,
  Directory,
  FromProcess,
  MeterReport,
  ProcessConfig,
  ProcessStatus,
  ProgramConfig,
  ToProcess,
} from "../../kernel/control.ts";
import type { Log } from "../log.ts";
import { launch } from "./launch.ts";

/**
 * One life of an app process, from its spawn to its end.
 *
 *   spawned --hello--> configured --ready--> ready --drain--> exited
 *       └──────failed, exit, or the deadline───────────────────┘
 */

export type Ready = Extract<FromProcess, { type: "ready" }>;
type Failed = Extract<FromProcess, { type: "failed" }>;
type Changed = Extract<FromProcess, { type: "changed" | "unchanged" }>;

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ChildOptions {
  readonly entry: URL;
  /** "board#0", for messages. */
  readonly id: string;
  /** What it holds, for messages. */
  readonly modules: readonly string[];
  readonly config: ProcessConfig | ProgramConfig;
  readonly directory: () => Directory;
  readonly log: Log;
  readonly startTimeoutMs: number;
  readonly onHealth: (parts: Readonly<Record<string, string>>) => void;
  readonly onMeter: (report: MeterReport) => void;
}

/** How long a process that was told to leave has, beyond its drain, before each harsher signal. */
const graceMs = 500;

export class Child {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Rejects with `start_failed`, or with what the process itself said was wrong. */
  readonly ready: Promise<Ready>;
  readonly #process: ChildProcess;
  readonly #options: ChildOptions;
  readonly #asked = new Map<number, (status: ProcessStatus) => void>();
  readonly #changes = new Map<number, (answer: Changed | null) => void>();
  #configured = false;
  #nextId = 1;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = launch(options.entry, options.log.fd);
    this.pid = this.#process.pid ?? 0;
    this.exited = new Promise((resolve) => {
      this.#process.once("exit", (code, signal) => resolve({ code, signal }));
      this.#process.once("error", () => this.pid === 0 && resolve({ code: null, signal: null }));
    });
    // A send to a process that is just dying reports its error here, and its exit tells the same.
    this.#process.on("error", () => {});
    this.ready = this.#start();
    this.ready.catch(() => {});
  }

  push(directory: Directory): void {
    if (this.#configured) this.#send({ type: "directory", directory });
  }

  /** Lets it measure its calls, or not; it says at once what it has measured. Heard only when it is ready. */
  meter(on: boolean): void {
    this.#send({ type: "meter", on });
  }

  /** For what is no part of the control protocol, such as faults of code. */
  tell(message: object): void {
    if (this.#configured && this.#process.connected) this.#process.send(message, () => {});
  }

  /** What the process says about itself; null when it does not answer in time. */
  status(timeoutMs: number): Promise<ProcessStatus | null> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const settle = (status: ProcessStatus | null): void => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(status);
      };
      const timer = setTimeout(settle, timeoutMs, null);
      this.#asked.set(id, settle);
      void this.exited.then(() => settle(null));
      this.#send({ type: "status", id });
    });
  }

  /**
   * Has it change what becomes of a module, once it is ready. @returns how much work in hand did not end in time; null: the
   * process ended first @throws SeamlineError with what it says; `deadline_exceeded` when it is silent
   */
  async change(change: Change, timeoutMs: number): Promise<number | null> {
    if ((await this.ready.catch(() => null)) === null) return null;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Changed | null>();
    const timer = setTimeout(() => reject(this.#silent(change, timeoutMs)), timeoutMs);
    this.#changes.set(id, resolve);
    void this.exited.then(() => resolve(null));
    this.#send({ type: "change", id, change });
    try {
      const answer = await promise;
      if (answer?.type === "unchanged")
        throw new SeamlineError(answer.code, `process ${this.#options.id}: ${answer.message}`);
      return answer?.left ?? null;
    } finally {
      clearTimeout(timer);
      this.#changes.delete(id);
    }
  }

  #silent({ do: what, module }: Change, timeoutMs: number): SeamlineError {
    const { id } = this.#options;
    return new SeamlineError("deadline_exceeded", `process ${id} did not ${what} "${module}" within ${timeoutMs} ms`);
  }

  /** Asks it to finish its work and leave, and makes it when it does not. May be called twice. */
  async leave(withinMs: number): Promise<void> {
    if (withinMs > 0) {
      this.#send({ type: "drain", withinMs });
      if (await this.#gone(withinMs + graceMs)) return;
      this.#process.kill("SIGTERM");
      if (await this.#gone(graceMs)) return;
    }
    this.#process.kill("SIGKILL");
    await this.exited;
  }

  #gone(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs, false);
      void this.exited.then(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  #start(): Promise<Ready> {
    const { startTimeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Ready>();
    const timer = setTimeout(() => {
      reject(this.#failure(`was not ready within ${startTimeoutMs / 1000} s`));
      this.#process.kill("SIGKILL");
    }, startTimeoutMs);
    this.#process.on("message", (message: FromProcess | null) => {
      if (message?.type === "ready") resolve(message);
      else if (message?.type === "failed") reject(this.#refused(message));
      else if (message !== null && typeof message === "object") this.#hear(message);
    });
    const ended = this.exited.then((exit) => {
      throw this.#failure(`ended before it was ready (${describeExit(exit)})`);
    });
    return Promise.race([promise, ended]).finally(() => clearTimeout(timer));
  }

  #hear(said: FromProcess): void {
    const { config, directory, onHealth, onMeter } = this.#options;
    if (said.type === "hello" && !this.#configured) {
      this.#configured = true;
      this.#send({ type: "configure", config, directory: directory() });
    } else if (said.type === "health") onHealth(said.parts);
    else if (said.type === "meter") onMeter(said.report);
    else if (said.type === "changed" || said.type === "unchanged") this.#changes.get(said.id)?.(said);
    else if (said.type === "status") this.#asked.get(said.id)?.(said.status);
  }

  #send(message: ToProcess): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  #refused({ code, message, part }: Failed): SeamlineError {
    const { id, log } = this.#options;
    const where = part === null ? this.#parts() : ` (${part})`;
    // It said what is wrong; its log says where.
    const text =
      code === "start_failed" ? `process ${id}${where} could not start: ${message}` : `process ${id}: ${message}`;
    return new SeamlineError(code, `${text}\n(log: ${log.path})`, {
      data: { process: id, part, log: log.path, tail: log.tail(12) },
    });
  }

  #parts(): string {
    return ` (${this.#options.modules.join(", ")})`;
  }

  #failure(what: string): SeamlineError {
    const { id, log } = this.#options;
    const tail = log.tail(12);
    const shown =
      tail.length === 0 ? "Its log is empty" : `The end of its log:\n${tail.map((line) => `  ${line}`).join("\n")}`;
    return new SeamlineError("start_failed", `process ${id}${this.#parts()} ${what}. ${shown}\n(log: ${log.path})`, {
      data: { process: id, part: null, log: log.path, tail },
    });
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : signal;
}
