import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Histogram } from "../record/histogram.ts";
import { outcomes, type Outcome } from "../record/outcome.ts";
import type { Recording } from "../record/reader.ts";
import { lineSchema, recordingVersion, runSchema, type EventInput, type SampleLine } from "../record/recording.ts";

/** Recordings whose every figure can be worked out by hand. For tests. */

type RunInput = Parameters<typeof runSchema.parse>[0];

const board = ["web", "board", "reviews"];

export const columns = {
  "monolith naive": { guards: "naive", data: "shared-pool", processes: { board } },
  "monolith guarded": { guards: "guarded", data: "pool-per-module", processes: { board } },
  "microservices naive": { guards: "naive", data: "server-per-module", processes: split() },
  "microservices guarded": { guards: "guarded", data: "server-per-module", processes: split() },
} as const;

export type ColumnName = keyof typeof columns;

function split(): Record<string, string[]> {
  return Object.fromEntries(board.map((name) => [name, [name]]));
}

export interface Answer {
  readonly outcome?: Outcome;
  readonly latencyMs?: number;
  readonly lateMs?: number;
  readonly parts?: string;
}

/** A run of two features, "home" (weight 3) and "reviews" (weight 1), both with a promise of 300 ms. */
export class Synthetic {
  readonly #recording: Recording;

  constructor(names: readonly ColumnName[] = ["monolith naive"], faults: readonly string[] = ["crash:reviews"]) {
    const run: RunInput = {
      ...{ type: "run", version: recordingVersion, id: "1", app: "board", scenario: "chapter", seed: 7, rate: 20 },
      ...{ hangMs: 5000, repetitions: 1, machine: { cpu: "two cores" }, versions: { node: "26.10.0" }, git: "abc1234" },
      ...{ command: "seamline compare board", startedAt: "2026-01-01T00:00:00.000Z" },
      columns: names.map((name) => ({ name, topology: "t", ...columns[name], changedFiles: 0, changedLines: 0 })),
      features: [
        { name: "home", says: { en: "the main page", ko: "첫 화면" }, weight: 3, promiseMs: 300 },
        { name: "reviews", says: { en: "the reviews", ko: "후기" }, weight: 1, promiseMs: 300 },
      ],
      faults: faults.map((id) => {
        const [kind, target] = id.split(":");
        return { id, kind, target, forMs: 6000, strikes: kind!.startsWith("db") ? "database" : "process" };
      }),
    };
    this.#recording = {
      ...{
        run: runSchema.parse(run),
        torn: [],
        samples: [],
        window: [],
        fault: [],
        generator: [],
        process: [],
        start: [],
      },
      ...{ seam: [], write: [], read: [], look: [], invariants: [], end: [] },
    };
  }

  /** Adds lines as they would come from disk. */
  add(...lines: EventInput[]): this {
    for (const input of lines) {
      const line = lineSchema.parse(input);
      if (line.type !== "run") (this.#recording[line.type] as (typeof line)[]).push(line);
    }
    return this;
  }

  /** One window with a request of each feature every `everyMs`, and a generator that keeps up. */
  window(
    column: ColumnName,
    phase: "baseline" | "grace" | "fault" | "recovery" | "ramp",
    [from, to]: readonly [number, number],
    answer: (feature: "home" | "reviews", t: number) => Answer = () => ({}),
    { everyMs = 100, repetition = 0, fault = null as string | null, rate = undefined as number | undefined } = {},
  ): this {
    const at = this.#recording.run.columns.findIndex(({ name }) => name === column);
    for (let intended = from; intended < to; intended += everyMs)
      for (const [feature, name] of (["home", "reviews"] as const).entries()) {
        const { outcome = "good", latencyMs = 10, lateMs = 0, parts = "" } = answer(name, intended);
        const status =
          outcome === "status"
            ? 503
            : outcome === "refused"
              ? 409
              : outcome === "hung" || outcome === "unreachable"
                ? 0
                : 200;
        const rest = { outcome, latencyMs, lateMs, status, degradedParts: parts, traceId: "" };
        this.#recording.samples.push({ column: at, feature, intended, ...rest });
      }
    const id = `${column} ${phase} ${from}`;
    this.add({
      type: "window",
      id,
      column,
      phase,
      repetition,
      fault,
      from,
      to,
      ...(rate === undefined ? {} : { rate }),
    });
    return this.add(generator(to, 1));
  }

  /** Says when a fault was applied and healed. */
  fault(column: ColumnName, [applied, healed]: readonly [number, number], id = "crash:reviews", repetition = 0): this {
    const line = { type: "fault", id, column, repetition } as const;
    return this.add({ ...line, t: applied, state: "applied" }, { ...line, t: healed, state: "healed" });
  }

  get recording(): Recording {
    return this.#recording;
  }
}

export function generator(t: number, loopMs: number): EventInput {
  const loop = Histogram.of(Array<number>(100).fill(loopMs)).toJSON();
  return { type: "generator", t, loopP99Ms: loopMs, loop, cpuMs: 0, sent: 0, dropped: 0, inFlight: 0 };
}

/** What becomes of a feature's requests under a fault, by column. */
type Losses = Readonly<Record<ColumnName, (feature: "home" | "reviews") => Answer>>;

const refused: Answer = { outcome: "unreachable", latencyMs: 1 };
const hung: Answer = { outcome: "hung", latencyMs: 5000 };
const withoutReviews = (feature: "home" | "reviews"): Answer =>
  feature === "reviews" ? { outcome: "status", latencyMs: 4 } : { parts: "reviews", latencyMs: 12 };

/**
 * Four columns, three repetitions, two faults: a locked database, against which guards do what the split does, and a
 * crash, against which only the split helps.
 */
export function comparison(): Synthetic {
  const names = Object.keys(columns) as ColumnName[];
  const synthetic = new Synthetic(names, ["db-locked:reviews", "crash:reviews"]);
  const locked: Losses = {
    "monolith naive": () => hung,
    "monolith guarded": withoutReviews,
    "microservices naive": () => hung,
    "microservices guarded": withoutReviews,
  };
  const crashed: Losses = {
    "monolith naive": () => refused,
    "monolith guarded": () => refused,
    "microservices naive": (feature) => (feature === "reviews" ? refused : {}),
    "microservices guarded": withoutReviews,
  };
  for (const repetition of [0, 1, 2])
    for (const [at, name] of names.entries()) {
      const from = repetition * 120_000;
      strike(synthetic, name, "db-locked:reviews", from, repetition, at, locked[name]);
      strike(synthetic, name, "crash:reviews", from + 60_000, repetition, at, crashed[name]);
    }
  for (const [at, column] of names.entries()) costs(synthetic, column, at >= 2);
  return synthetic.add({ type: "end", t: 400_000, complete: true });
}

/** Baseline 5 s, fault 6 s of which the first is grace, 12 s of recovery; the fault is felt for 0.8 s longer. */
function strike(
  synthetic: Synthetic,
  column: ColumnName,
  fault: string,
  from: number,
  repetition: number,
  place: number,
  lost: (feature: "home" | "reviews") => Answer,
): void {
  const applied = from + 5000;
  const usual = (t: number): Answer => ({ latencyMs: (place < 2 ? 8 : 14) + repetition * 0.3 + ((t / 50) % 7) ** 2 });
  const answer = (feature: "home" | "reviews", t: number): Answer =>
    t >= applied && t < applied + 6800 ? { ...usual(t), ...lost(feature) } : usual(t);
  const options = { fault, repetition, everyMs: 50 };
  synthetic
    .window(column, "baseline", [from, applied], answer, options)
    .window(column, "grace", [applied, applied + 1000], answer, options)
    .window(column, "fault", [applied + 1000, applied + 6000], answer, options)
    .window(column, "recovery", [applied + 6000, applied + 18_000], answer, options)
    .fault(column, [applied, applied + 6000], fault, repetition);
}

function costs(synthetic: Synthetic, column: ColumnName, isSplit: boolean): void {
  const processes = isSplit ? board : ["board"];
  const megabyte = 1024 * 1024;
  for (let t = 0; t < 360_000; t += 2500)
    for (const [pid, process] of [...processes, "postgres"].entries()) {
      const kind = process === "postgres" ? "database" : "app";
      const cpuMs = t * (kind === "app" ? 0.08 : 0.03);
      synthetic.add({ type: "process", column, t, process, kind, state: "ready", pid, cpuMs, pssBytes: 60 * megabyte });
    }
  for (const [repetition, from] of [0, 120_000, 240_000].entries()) {
    synthetic.add({ type: "start", column, t: from, ms: (isSplit ? 1400 : 700) + repetition * 20, processes: {} });
    const [caller, handler] = isSplit ? [3.1, 2.5] : [2.51, 2.5];
    synthetic.add({
      ...{ type: "seam", column, t: from + 5000, from: "web", to: "reviews", operation: "summaryMany" },
      ...{ binding: isSplit ? "cut" : "joined", calls: 200, failed: 0 },
      callerHistogram: Histogram.of(Array<number>(200).fill(caller!)).toJSON(),
      handlerHistogram: Histogram.of(Array<number>(200).fill(handler!)).toJSON(),
    });
  }
}

/** Writes a recording as a run leaves it. @param directory is made */
export async function save({ run, torn: _, samples, ...others }: Recording, directory: string): Promise<void> {
  const sent = samples.map((each): SampleLine => [
    ...(["s", each.column, each.feature, each.intended, each.lateMs, each.latencyMs] as const),
    ...([outcomes.indexOf(each.outcome), each.status, each.degradedParts, each.traceId] as const),
  ]);
  await mkdir(directory, { recursive: true });
  await put(join(directory, "events.ndjson"), [run, ...Object.values(others).flat()]);
  await put(join(directory, "samples-1.ndjson"), sent);
}

function put(path: string, lines: readonly unknown[]): Promise<void> {
  return writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
