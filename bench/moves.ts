import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { openBulk } from "../src/deploy/bulk.ts";
import { deploy, type Deployment } from "../src/deploy/deploy.ts";
import { withAnyPorts } from "../src/deploy/ports.ts";
import { readDeployment } from "../src/deploy/state.ts";
import { verify } from "../src/deploy/verify/verify.ts";
import { startLoad, type WindowTally } from "../src/load/load.ts";
import type { App } from "../src/module/app.ts";
import { Histogram } from "../src/record/histogram.ts";
import { isGood, outcomes } from "../src/record/outcome.ts";
import type { SampleLine } from "../src/record/recording.ts";
import type { LiveOptions, LiveProgress, LiveReport, Wish } from "../src/split/live.ts";
import { beginMove } from "../src/split/moving.ts";
import { monolith } from "../src/topology/topology.ts";

/**
 * What users notice of live moves: `npm run bench -- moves [--app board] [--rounds 20] [--rate 20] [--modules a,b]
 * [--scenario NAME] [--size S] [--portion process|server|both] [--steps] [--keep]`.
 *
 * The app runs in one process with everything durable, under the steady load of its scenario. First nobody moves; then
 * each module that has data goes to a process and a server of its own and comes back, `--rounds` times, one move after
 * the other without a rest; then nobody moves again. What came of the requests is printed side by side, with how long
 * writers were held in each move, step by step with `--steps`, and what the app's invariants say at the end. Requests of the
 * time of moves are told apart by what the move did then: bring up a process and a server, copy, hold calls, or tidy up.
 */

const { values } = parseArgs({
  options: {
    app: { type: "string", default: "board" },
    scenario: { type: "string" },
    size: { type: "string", default: "XS" },
    rounds: { type: "string", default: "20" },
    rate: { type: "string", default: "20" },
    modules: { type: "string" },
    control: { type: "string", default: "20" },
    portion: { type: "string", default: "both" },
    steps: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
  },
});

const scenarios: Record<string, string> = { board: "rubbos", stay: "hotel" };
const appUrl = import.meta.resolve(`../apps/${values.app}/app.ts`);
const { default: app } = (await import(appUrl)) as { default: App };
const rate = Number(values.rate);
const out: Wish = { to: "own", portion: values.portion as "both" };
const back: Wish = { to: "rest", portion: values.portion as "both", into: null };

/** Times since `origin`, in ms. */
interface Span {
  readonly phase: string;
  /** Whose move. */
  readonly module: string;
  readonly from: number;
  readonly to: number;
}

/** What a move does from when on. */
const phases: Record<string, string> = {
  "copy.begun": "copy",
  "copy.caught-up": "reverse",
  "gate.holding": "held",
  "gate.released": "reverse",
  "gate.moved": "finish",
};

const origin = process.hrtime.bigint();
const spans: Span[] = [];

interface Moved {
  readonly module: string;
  readonly report: LiveReport;
  /** Between points, in ms. */
  readonly steps: ReadonlyMap<string, number>;
}

const directory = await mkdtemp(join(tmpdir(), "seamline-bench-"));
const topology = withAnyPorts(monolith(app));
const deployment = await deploy({ app, appUrl, topology, topologyName: "monolith", directory });
try {
  await seed(deployment);
  await measure(deployment);
} finally {
  await deployment.stop();
  if (values.keep) console.log(directory);
  else await rm(directory, { recursive: true });
}

async function seed(deployed: Deployment): Promise<void> {
  const target = { stores: deployed.stores(), directory: deployed.directory, clockOffsetMs: 0 };
  await using bulk = openBulk(target, () => {});
  await (await app.seed!()).default.run(values.size, bulk.access);
  await bulk.commit();
}

async function measure(deployed: Deployment): Promise<void> {
  const modules = values.modules?.split(",") ?? Object.keys(deployed.stores());
  const { ports } = deployed.endpoints();
  const parts = Object.fromEntries(Object.entries(ports).map(([part, port]) => [part, `http://127.0.0.1:${port}`]));
  const url = deployed.url!.replace("localhost", "127.0.0.1");
  const load = await startLoad({
    appUrl,
    scenario: values.scenario ?? scenarios[values.app]!,
    size: values.size,
    columns: [{ name: app.name, url, parts }],
    features: Object.entries(app.features).map(([name, { promiseMs }]) => ({ name, promiseMs })),
    hangMs: 30_000,
    originNs: String(origin),
    samples: join(directory, "samples.ndjson"),
  });
  console.log(
    `${app.name}, ${rate} requests/s, ${modules.join(" ")} × ${values.rounds} × (out, back), load average ` +
      `${loadavg()[0]!.toFixed(1)} on ${cpus().length} cores, Node ${process.versions.node}`,
  );
  const window = { columns: [app.name], rate };
  try {
    await load.window({ ...window, id: "warmup", forMs: 5000, seed: "warmup" });
    const controlMs = Number(values.control) * 1000;
    const taken = takenByOthers();
    const before = await load.window({ ...window, id: "before", forMs: controlMs, seed: "before" });
    const enough = new AbortController();
    const sending = load.window({ ...window, id: "moves", forMs: 7_200_000, seed: "moves" }, { enough: enough.signal });
    const moved = await moveAll(deployed, modules).finally(() => enough.abort());
    const during = await sending;
    const after = await load.window({ ...window, id: "after", forMs: controlMs, seed: "after" });
    await load.stop(); // all samples are written then
    for (const [name, tally] of Object.entries({ before, during, after })) console.log(lineOf(name, tally));
    console.log(`  other machines took ${taken()} % of these processors meanwhile; above 5 %, try again another time`);
    await printPhases([before, after]);
    printPauses(moved, during);
  } finally {
    await load.stop();
  }
  const { checks } = await verify((await app.invariants!()).default, deployed.stores(), { settleMs: 30_000 });
  for (const check of checks) if (check.state !== "holds") console.log(`  ${JSON.stringify(check)}`);
  console.log(`${checks.filter(({ state }) => state === "holds").length} of ${checks.length} invariants hold`);
}

async function moveAll(deployed: Deployment, modules: readonly string[]): Promise<Moved[]> {
  const { control } = (await readDeployment(deployed.directory))!;
  const moved: Moved[] = [];
  for (let round = 1; round <= Number(values.rounds); round += 1)
    for (const module of modules)
      for (const wish of [out, back]) {
        const one = await timed({ control: control!, directory: deployed.directory, module }, wish);
        if (one !== null) moved.push(one);
        process.stderr.write(
          `  ${new Date().toISOString().slice(17, 23)} ${round}/${values.rounds} ${module} ${one?.report.pauseMs?.toFixed(0) ?? "-"} ms\n`,
        );
      }
  return moved;
}

/** null: it was given up, which is printed. */
async function timed(options: LiveOptions, wish: Wish): Promise<Moved | null> {
  const steps = new Map<string, number>();
  let last: number | null = null;
  let phase = { phase: "start", from: sinceOrigin() };
  const turn = (next: string, to: number): void => {
    spans.push({ ...phase, module: options.module, to });
    phase = { phase: next, from: to };
  };
  const report = (progress: LiveProgress): void => {
    const now = sinceOrigin();
    const name = "point" in progress ? `${progress.step}.${progress.point}` : progress.step;
    if (name in phases && phase.phase !== phases[name]) turn(phases[name]!, now);
    if (name === "gate.holding") last = now;
    else if (last !== null) {
      steps.set(name, (steps.get(name) ?? 0) + now - last);
      last = name === "gate.moved" ? null : now;
    }
  };
  try {
    return { module: options.module, report: await beginMove({ ...options, report }, wish), steps };
  } catch (error) {
    process.exitCode = 1;
    console.log(`  ${options.module} to ${wish.to}: ${(error as Error).message}`);
    return null;
  } finally {
    turn("", sinceOrigin());
  }
}

/** @returns tells the share of all processors' time since then that a hypervisor gave to other machines, in percent */
function takenByOthers(): () => string {
  const look = (): { all: number; stolen: number } | null => {
    if (process.platform !== "linux") return null;
    // user nice system idle iowait irq softirq steal
    const ticks = readFileSync("/proc/stat", "utf8").split("\n", 1)[0]!.split(/\s+/).slice(1, 9).map(Number);
    return { all: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 };
  };
  const before = look();
  return () => {
    const now = look();
    return before === null ? "?" : ((100 * (now!.stolen - before.stolen)) / (now!.all - before.all)).toFixed(1);
  };
}

function sinceOrigin(): number {
  return Number(process.hrtime.bigint() - origin) / 1e6;
}

/** A good request: which feature's, and how long it took. */
type Good = readonly [feature: number, ms: number];

/**
 * Requests by the phase in which they were made: long ones meet more phases than short ones, so counting each where it was
 * under way would make short phases look slow. Those above 500 ms are told with all that they met. People sign in more often
 * in some phases than in others, and that takes ten times as long as looking: so p95 is that of the mix of features while
 * nothing moved.
 */
async function printPhases(still: readonly WindowTally[]): Promise<void> {
  const quiet = still.map(({ fromMs, toMs }) => ({ phase: "no move", module: "", from: fromMs, to: toMs }));
  const found = new Map<string, { good: Good[]; bad: number }>();
  const slowest: string[] = [];
  for await (const line of createInterface({ input: createReadStream(join(directory, "samples.ndjson")) })) {
    const sample = JSON.parse(line) as SampleLine | object;
    if (!Array.isArray(sample)) continue;
    const [, , feature, intended, , latency, outcome] = sample as unknown as SampleLine;
    const during = [...quiet, ...spans].filter(({ from, to }) => intended < to && intended + latency > from);
    if (latency > 500 && during.length > 0) {
      const beside = during.map(({ phase, module, from }) => `${phase} ${module} at ${(from - intended).toFixed(0)}`);
      slowest.push(`    ${latency.toFixed(0)} ms ${Object.keys(app.features)[feature]!}: ${beside.join(", ")}`);
    }
    for (const { phase } of during.filter(({ from, to }) => from <= intended && intended < to)) {
      const row = found.get(phase) ?? { good: [], bad: 0 };
      found.set(phase, row);
      if (isGood(outcomes[outcome]!)) row.good.push([feature, latency]);
      else row.bad += 1;
    }
  }
  const mix = found.get("no move")!.good;
  for (const [phase, { good, bad }] of found) {
    const ms = spans.reduce((sum, { phase: one, from, to }) => sum + (one === phase ? to - from : 0), 0);
    const time = ms === 0 ? "" : `, ${(ms / 1000).toFixed(1)} s in all`;
    const slow = good.filter(([, latency]) => latency > 500).length;
    const most = good.reduce((max, [, latency]) => Math.max(max, latency), 0);
    console.log(
      `    ${phase.padEnd(8)} ${good.length} good, ${bad} not; p95 ${percentileAs(mix, good, 0.95).toFixed(1)}, ` +
        `longest ${most.toFixed(0)} ms, ${slow} above 500 ms${time}`,
    );
  }
  if (slowest.length > 0) console.log("  above 500 ms, with what went on beside and since when, in ms of the request:");
  for (const line of slowest) console.log(line);
}

/** A percentile of what these would be, were each feature's part in them as it is in the mix. */
function percentileAs(mix: readonly Good[], these: readonly Good[], q: number): number {
  const countOf = (all: readonly Good[]): Map<number, number> => {
    const counts = new Map<number, number>();
    for (const [feature] of all) counts.set(feature, (counts.get(feature) ?? 0) + 1);
    return counts;
  };
  const [wanted, there] = [countOf(mix), countOf(these)];
  const weightOf = ([feature]: Good): number => (wanted.get(feature) ?? 0) / there.get(feature)!;
  let left = q * these.reduce((sum, one) => sum + weightOf(one), 0);
  for (const one of these.toSorted(([, a], [, b]) => a - b)) {
    left -= weightOf(one);
    if (left <= 0) return one[1];
  }
  return NaN;
}

function lineOf(name: string, { columns, generator, fromMs, toMs }: WindowTally): string {
  const { offered, late, features } = columns[0]!;
  const good = features.reduce((sum, { outcomes }) => sum + outcomes.good, 0);
  const latency = Histogram.merged(features.map((feature) => Histogram.fromJson(feature.latency)));
  const at = (q: number): string => (latency.percentile(q) ?? NaN).toFixed(1);
  const seconds = ((toMs - fromMs) / 1000).toFixed(0);
  const bad = features.flatMap(({ feature, reasons, outcomes: { slow } }) => [
    ...(slow > 0 ? [`    ${feature}: ${slow} slower than promised`] : []),
    ...reasons.map(({ reason, count }) => `    ${feature}: ${count} × ${reason}`),
  ]);
  const figures = `p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, longest ${latency.toJSON().max.toFixed(0)} ms`;
  const own = `${late} late, own delay p99 ${generator.loopP99Ms.toFixed(1)} ms`;
  return [`  ${name.padEnd(7)} ${seconds} s: ${good} of ${offered} good; ${figures}; ${own}`, ...bad].join("\n");
}

function printPauses(moved: readonly Moved[], { toMs, fromMs }: WindowTally): void {
  const copies = spans.filter(({ phase }) => phase === "copy").map(({ from, to }) => to - from);
  const rows = moved.map(({ report }) => report.data?.verified?.rows ?? 0);
  console.log(
    `  ${moved.length} moves in ${((toMs - fromMs) / 1000).toFixed(0)} s; up to ${Math.max(...rows)} rows; ` +
      `copying took ${at(
        copies.toSorted((a, b) => a - b),
        0.5,
      )} ms, at most ${Math.max(...copies).toFixed(0)} ms`,
  );
  for (const module of [...new Set(moved.map((one) => one.module)), "all"]) {
    const those = moved.filter((one) => module === "all" || one.module === module);
    const pauses = those.map(({ report }) => report.pauseMs ?? 0).toSorted((a, b) => a - b);
    const fences = those.map(({ report }) => report.data?.fencedMs ?? 0).toSorted((a, b) => a - b);
    const differ = those.filter(({ report }) => (report.data?.verified?.differences.length ?? 0) > 0).length;
    console.log(
      `  ${module.padEnd(12)} ${those.length} moves: writers held p50 ${at(pauses, 0.5)}, p95 ${at(pauses, 0.95)}, ` +
        `most ${at(pauses, 1)} ms; fence p50 ${at(fences, 0.5)}, most ${at(fences, 1)} ms; ${differ} with differences`,
    );
  }
  if (!values.steps) return;
  const names = [...new Set(moved.flatMap(({ steps }) => [...steps.keys()]))];
  for (const name of names) {
    const times = moved.map(({ steps }) => steps.get(name) ?? 0).toSorted((a, b) => a - b);
    console.log(`    ${name.padEnd(22)} p50 ${at(times, 0.5)}, p95 ${at(times, 0.95)} ms`);
  }
}

function at(sorted: readonly number[], q: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN).toFixed(0);
}
