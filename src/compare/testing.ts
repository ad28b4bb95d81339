import { Histogram } from "../record/histogram.ts";
import type { Outcome } from "../record/outcome.ts";
import type { Recording } from "../record/reader.ts";
import { lineSchema, recordingVersion, runSchema, type EventInput } from "../record/recording.ts";

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
      ...{ seam: [], write: [], read: [], invariants: [], end: [] },
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
        const status = outcome === "status" ? 503 : outcome === "hung" || outcome === "unreachable" ? 0 : 200;
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
