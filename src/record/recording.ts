import { z } from "zod";
import { violationKinds } from "../module/invariants.ts";
import { HistogramSchema } from "./histogram-schema.ts";
import { outcomes } from "./outcome.ts";

/**
 * A recording: everything that was seen in one experiment, as lines of JSON, in `.seamline/runs/<n>/`. Whatever is later
 * said about the run is derived from it, on any machine.
 *
 * - `events.ndjson` begins with the line `run`. Lines of all types may follow in any order.
 * - `samples-*.ndjson`, if there are any, hold further lines without a `run` line: of processes that write themselves.
 * - A window's line is written when the window is over, so a window without a line was not finished and is not counted.
 * - A torn last line, which a killed writer leaves, is dropped.
 *
 * Times `t`, `from` and `to` are ms since the run's start by a monotonic clock: of the machine's, so all writers must take
 * them from the same beginning. Columns and features are named in samples by their place in the `run` line.
 */
export const recordingVersion = 1;

const Name = z.string().min(1);
const Ms = z.number().min(0);
const Count = z.number().int().min(0);
const Words = z.strictObject({ en: z.string(), ko: z.string() });

const ColumnSchema = z.strictObject({
  name: Name,
  /** As in the topology: its processes and what each holds. */
  topology: Name,
  /** Modules and pages by process group. One group: a monolith. */
  processes: z.record(z.string(), z.array(z.string())),
  guards: z.enum(["naive", "guarded"]),
  data: Name,
  /** Files and lines of the program that differ from the first column's. */
  changedFiles: Count,
  changedLines: Count,
});

const FeatureSchema = z.strictObject({
  name: Name,
  says: Words,
  /** Its share of the requests in the scenario, beside the others'. */
  weight: z.number().min(0),
  promiseMs: Ms,
});

const FaultSpecSchema = z.strictObject({
  /** What `fault` and `window` lines call it: "crash:reviews". */
  id: Name,
  kind: Name,
  target: Name,
  forMs: Ms,
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  /** Whether it strikes a process, or what a process uses: its database or a link. */
  strikes: z.enum(["process", "database", "link", "edge"]),
});

export const runSchema = z.strictObject({
  type: z.literal("run"),
  version: z.literal(recordingVersion),
  id: Name,
  app: Name,
  scenario: Name,
  seed: z.union([z.string(), z.number()]),
  /** Requests a second on each side, where no window says otherwise. */
  rate: z.number().positive(),
  /** After so long a request counts as hung. */
  hangMs: Ms,
  repetitions: Count,
  columns: z.array(ColumnSchema).min(1),
  features: z.array(FeatureSchema).min(1),
  faults: z.array(FaultSpecSchema),
  /** Names and values such as cpu, cores, memory, kernel. */
  machine: z.record(z.string(), z.union([z.string(), z.number()])),
  versions: z.record(z.string(), z.string()),
  /** Revision, with "-dirty" where there were changes; null: not known. */
  git: z.string().nullable(),
  /** What made it, ready to copy. */
  command: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
});

/**
 * The order of a fault: baseline → (applied) grace → fault → (healed) recovery → idle. `grace` is the first moment of a
 * fault, which is not counted in availability. `ramp` is one step in the search for the highest rate.
 */
export const phases = ["warmup", "baseline", "grace", "fault", "recovery", "idle", "ramp"] as const;

const windowSchema = z.strictObject({
  type: z.literal("window"),
  id: Name,
  column: Name,
  phase: z.enum(phases),
  repetition: Count,
  /** The id of its fault; null: none. A baseline that belongs to a fault names it too. */
  fault: z.string().nullable(),
  from: Ms,
  to: Ms,
  /** Requests a second. Left out: the run's. */
  rate: z.number().positive().optional(),
});

const faultSchema = z.strictObject({
  type: z.literal("fault"),
  id: Name,
  column: Name,
  t: Ms,
  repetition: Count,
  state: z.enum(["applied", "healed", "failed"]),
  detail: z.string().default(""),
});

const generatorSchema = z.strictObject({
  type: z.literal("generator"),
  t: Ms,
  /** Of its own event loop's delay since the line before. */
  loopP99Ms: Ms,
  /** The delays themselves, so that the p99 of a whole run can be told; left out: the worst line stands for all. */
  loop: HistogramSchema.optional(),
  /** CPU time since the generator's start. */
  cpuMs: Ms,
  /** Share of all processors' time since the line before that other machines took (taken.ts). Left out: not known. */
  taken: z.number().min(0).max(1).optional(),
  /** Since the line before. */
  sent: Count,
  dropped: Count,
  inFlight: Count,
});

const processSchema = z.strictObject({
  type: z.literal("process"),
  column: Name,
  t: Ms,
  process: Name,
  /** What it is: a part of the app, or a database server. */
  kind: z.enum(["app", "database", "program"]).default("app"),
  /** "starting" is written when it is spawned. */
  state: z.enum(["starting", "ready", "degraded", "down"]),
  pid: Count.optional(),
  /** Proportional set size: shared pages are counted once among all. Left out: not measured at this moment. */
  pssBytes: Count.optional(),
  /** CPU time since this pid's start. Left out: not measured at this moment. */
  cpuMs: Ms.optional(),
  /** Of its event loop's delay since the line before that says it. */
  loopP99Ms: Ms.optional(),
});

const startSchema = z.strictObject({
  type: z.literal("start"),
  column: Name,
  t: Ms,
  /** From the command until everything was ready. */
  ms: Ms,
  /** From spawn to ready, by process. */
  processes: z.record(z.string(), Ms),
  /** Build before it, if there was one. */
  buildMs: Ms.default(0),
});

const seamSchema = z.strictObject({
  type: z.literal("seam"),
  column: Name,
  t: Ms,
  from: Name,
  to: Name,
  /** Without the module's name. */
  operation: Name,
  binding: z.enum(["joined", "cut"]),
  /**
   * Calls that ended since the line before about the same seam and operation; one is written at the end of each window, by
   * each process that sees an end of the seam. Of a cut call the handler's line is the callee's and counts no call, and
   * everything else the caller's: lines add up.
   */
  calls: Count,
  /** Of them those that ended with an error of any kind. */
  failed: Count,
  /** At this moment; left out: not known. */
  inFlight: Count.optional(),
  /** Of the calls that were answered, by a result or a declared error: as the caller saw them, and as the handler did. */
  callerHistogram: HistogramSchema,
  handlerHistogram: HistogramSchema,
});

const writeSchema = z.strictObject({
  type: z.literal("write"),
  column: Name,
  t: Ms,
  feature: Name,
  writeId: Name,
  said: z.enum(["acknowledged", "refused", "unknown"]),
});

const readSchema = z.strictObject({
  type: z.literal("read"),
  column: Name,
  t: Ms,
  writeId: Name,
  /** How many times it was there. */
  found: Count,
});

/** A share of the acknowledged writes is looked for at once, as their writers would. */
const lookSchema = z.strictObject({
  type: z.literal("look"),
  column: Name,
  t: Ms,
  writeId: Name,
  /** From the acknowledgement to the first answer that shows it, where an earlier answer did not; 0: none did not. */
  staleMs: Ms,
  /** Whether it was seen at last. Otherwise `staleMs` is how long it was looked for. */
  seen: z.boolean(),
});

const invariantsSchema = z.strictObject({
  type: z.literal("invariants"),
  column: Name,
  t: Ms,
  checks: z.array(
    z.strictObject({
      id: Name,
      says: Words,
      state: z.enum(["holds", "violated", "busy", "failed"]),
      checked: Count,
      violations: Count,
      /** What a violation of it is, where it is one of these. */
      kind: z.enum(violationKinds).nullable().default(null),
    }),
  ),
});

const endSchema = z.strictObject({ type: z.literal("end"), t: Ms, complete: z.boolean(), why: z.string().default("") });

export const lineSchema = z.discriminatedUnion("type", [
  runSchema,
  windowSchema,
  faultSchema,
  generatorSchema,
  processSchema,
  startSchema,
  seamSchema,
  writeSchema,
  readSchema,
  lookSchema,
  invariantsSchema,
  endSchema,
]);

export type RunLine = z.infer<typeof runSchema>;
export type WindowLine = z.infer<typeof windowSchema>;
export type ProcessLine = z.infer<typeof processSchema>;
export type WriteLine = z.infer<typeof writeSchema>;
export type LookLine = z.infer<typeof lookSchema>;
export type SeamLine = z.infer<typeof seamSchema>;
export type InvariantsLine = z.infer<typeof invariantsSchema>;
export type EventLine = z.infer<typeof lineSchema>;
/** What a writer may leave out is left out. */
export type EventInput = z.input<typeof lineSchema>;

/**
 * One request of a user, the only line that comes in hundreds of thousands, so it is a short array: "s", column, feature,
 * when it was to be sent, by how much it was sent late, from when it was to be sent until its answer was whole (or it was
 * given up), the outcome's code, the status (0: none), the parts it did without, its trace id.
 */
export type SampleLine = readonly [
  type: "s",
  column: number,
  feature: number,
  intended: number,
  lateMs: number,
  latencyMs: number,
  outcome: number,
  status: number,
  degradedParts?: string,
  traceId?: string,
];

/** Whether a parsed line is a sample of this run. Written out, because a schema takes ten times as long. */
export function isSample(line: unknown, columns: number, features: number): line is SampleLine {
  return (
    Array.isArray(line) &&
    line[0] === "s" &&
    (line.length === 8 || typeof line[8] === "string") &&
    (line.length < 10 || typeof line[9] === "string") &&
    isBelow(line[1], columns) &&
    isBelow(line[2], features) &&
    isDuration(line[3]) &&
    isDuration(line[4]) &&
    isDuration(line[5]) &&
    isBelow(line[6], outcomes.length) &&
    isBelow(line[7], 1000)
  );
}

function isBelow(value: unknown, limit: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < limit;
}

function isDuration(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < Infinity;
}
