import { SeamlineError } from "../contract/errors.ts";
import type { Histogram } from "../record/histogram.ts";
import type { LookLine, SampleLine, WriteLine } from "../record/recording.ts";
import { LineWriter } from "../record/writer.ts";
import { cpuMs, Health, p99Of } from "./health.ts";
import { Lane } from "./lane.ts";
import type { LoadPlan, Progress, WindowPlan, WindowTally } from "./plan.ts";
import { loadProgram, type Program } from "./program.ts";
import { Side } from "./side.ts";
import { Traffic } from "./traffic.ts";

/** Between the end of the preparations and the first request at the earliest. */
const headStartMs = 20;
const progressMs = 1000;

/** Pretends to be users of one or more columns, window after window. */
export class Generator {
  readonly #plan: LoadPlan;
  readonly #program: Program;
  readonly #sides: ReadonlyMap<string, Side>;
  readonly #samples: LineWriter | null;
  /** What this process's clock shows more than the run's. */
  readonly #aheadMs: number;
  #busy = false;
  #sending: { readonly id: string; readonly traffic: Traffic } | null = null;

  static async open(plan: LoadPlan): Promise<Generator> {
    const program = await loadProgram(plan);
    const samples = plan.samples === null ? null : await LineWriter.open(plan.samples);
    return new Generator(plan, program, samples);
  }

  private constructor(plan: LoadPlan, program: Program, samples: LineWriter | null) {
    this.#plan = plan;
    this.#program = program;
    this.#samples = samples;
    this.#sides = new Map(plan.columns.map((column, place) => [column.name, new Side(column, place, plan, program)]));
    this.#aheadMs = performance.now() - Number(process.hrtime.bigint() - BigInt(plan.originNs)) / 1e6;
  }

  /**
   * Resolves when the window is over and its last request has ended. One at a time.
   *
   * @throws SeamlineError `invalid` for a window that cannot be, `recording_failed`, or the signal's reason
   */
  async run(window: WindowPlan, signal: AbortSignal, tell: (progress: Progress) => void): Promise<WindowTally> {
    if (this.#busy)
      throw new SeamlineError("invalid", `window ${window.id} cannot begin before the one before has ended`);
    this.#busy = true;
    try {
      return await this.#run(window, AbortSignal.any([signal, ...(this.#samples ? [this.#samples.failed] : [])]), tell);
    } finally {
      this.#busy = false;
    }
  }

  /** Ends the sending of a window before its time; of another than the one that runs it changes nothing. */
  finish(id: string): void {
    if (this.#sending?.id === id) this.#sending.traffic.finish();
  }

  /** May be called twice. */
  async close(): Promise<void> {
    await Promise.all([...this.#sides.values()].map((side) => side.close()));
    await this.#samples?.close();
  }

  async #run(window: WindowPlan, signal: AbortSignal, tell: (progress: Progress) => void): Promise<WindowTally> {
    const { id, forMs, seed } = window;
    const now = (): number => performance.now() - this.#aheadMs;
    const record = (line: SampleLine | WriteLine | LookLine): void => this.#samples?.write(line);
    const common = { program: this.#program, plan: this.#plan, seed, now, record };
    const lanes = this.#sidesOf(window).map(
      (side) => new Lane({ ...common, side, schedule: side.itinerary.plan(window) }),
    );
    const fromMs = Math.max(window.fromMs ?? 0, now() + headStartMs);
    const health = new Health();
    let before = { sent: 0, dropped: 0 };
    const watch = (): void => {
      const columns = lanes.map(({ tally, side }) => tally.progress(side.name));
      const loop = health.nextLoop();
      const t = now();
      before = this.#recordHealth(t, loop, health.nextTaken(), columns, before);
      tell({ id, elapsedMs: Math.max(0, t - fromMs), loopP99Ms: p99Of(loop), columns });
    };
    const timer = setInterval(watch, progressMs);
    try {
      const traffic = new Traffic(lanes, fromMs, forMs, now);
      this.#sending = { id, traffic };
      await traffic.run(signal);
      watch();
      const columns = lanes.map(({ side, schedule, tally }) => tally.toTally(side.name, schedule.digest));
      return { id, fromMs, toMs: traffic.toMs, columns, generator: health.end() };
    } finally {
      this.#sending = null;
      clearInterval(timer);
      health.end();
    }
  }

  #sidesOf({ id, columns }: WindowPlan): Side[] {
    if (columns.length === 0) throw new SeamlineError("invalid", `window ${id} has no column; name one or more`);
    return columns.map((name) => {
      const side = this.#sides.get(name);
      if (side !== undefined) return side;
      throw new SeamlineError(
        "invalid",
        `window ${id}: no column "${name}"; there are ${[...this.#sides.keys()].join(", ")}`,
      );
    });
  }

  #recordHealth(
    t: number,
    loop: Histogram,
    taken: number | null,
    columns: Progress["columns"],
    before: { sent: number; dropped: number },
  ): { sent: number; dropped: number } {
    const sum = (key: "sent" | "dropped" | "inFlight"): number => columns.reduce((all, column) => all + column[key], 0);
    const [sent, dropped, inFlight] = [sum("sent"), sum("dropped"), sum("inFlight")];
    const since = { sent: sent - before.sent, dropped: dropped - before.dropped };
    const line = { t, loopP99Ms: p99Of(loop), loop: loop.toJSON(), cpuMs: cpuMs(), ...since, inFlight };
    this.#samples?.write({ type: "generator", ...line, ...(taken !== null && { taken }) });
    return { sent, dropped };
  }
}
