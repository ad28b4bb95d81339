import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openBulk } from "../src/deploy/bulk.ts";
import { deploy, type Deployment } from "../src/deploy/deploy.ts";
import { withAnyPorts } from "../src/deploy/ports.ts";
import { readDeployment } from "../src/deploy/state.ts";
import { verify } from "../src/deploy/verify/verify.ts";
import { startLoad, type WindowTally } from "../src/load/load.ts";
import type { App } from "../src/module/app.ts";
import { takenLimit } from "../src/record/taken.ts";
import type { LiveOptions, LiveProgress, Wish } from "../src/split/live.ts";
import { beginMove } from "../src/split/moving.ts";
import { monolith } from "../src/topology/topology.ts";
import { lineOf, printPauses, printPhases, type Moved, type Span } from "./moves-report.ts";
import { watchTaken, type Taken } from "./taken.ts";

/**
 * What users notice of live moves: `npm run bench -- moves [--app board] [--rounds 20] [--rate 20] [--modules a,b]
 * [--scenario NAME] [--size S] [--portion process|server|both] [--warmup 60] [--control 60] [--steps] [--keep]`.
 *
 * The app runs in one process with everything durable, under the steady load of its scenario, which has gone on for a
 * while (`--warmup`, in s) so that what is used often is compiled. First nobody moves (`--control`, in s); then
 * each module that has data goes to a process and a server of its own and comes back, `--rounds` times, one move after
 * the other without a rest; then nobody moves again. What came of the requests is printed side by side, with how long
 * writers were held in each move, step by step with `--steps`, how much of the processors' time a move took, and what the
 * app's invariants say at the end. Requests of the time of moves are told apart by what the move did then: check and bring
 * up a server, bring up a process, prepare, copy, ready the way back, hold calls, or tidy up.
 */

const { values } = parseArgs({
  options: {
    app: { type: "string", default: "board" },
    scenario: { type: "string" },
    size: { type: "string", default: "XS" },
    rounds: { type: "string", default: "20" },
    rate: { type: "string", default: "20" },
    modules: { type: "string" },
    warmup: { type: "string", default: "60" },
    control: { type: "string", default: "60" },
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

/** What a move does from when on. */
const phases: Record<string, string> = {
  "process.begun": "process",
  "process.ended": "prepare",
  "copy.begun": "copy",
  "copy.caught-up": "reverse",
  "gate.holding": "held",
  "gate.released": "reverse",
  "gate.moved": "finish",
};

const origin = process.hrtime.bigint();
const spans: Span[] = [];
let taken: Taken | null = null;

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
    await load.window({ ...window, id: "warmup", forMs: Number(values.warmup) * 1000, seed: "warmup" });
    const controlMs = Number(values.control) * 1000;
    taken = watchTaken(sinceOrigin);
    const began = sinceOrigin();
    const before = await load.window({ ...window, id: "before", forMs: controlMs, seed: "before" });
    const enough = new AbortController();
    const sending = load.window({ ...window, id: "moves", forMs: 7_200_000, seed: "moves" }, { enough: enough.signal });
    const moved = await moveAll(deployed, modules).finally(() => enough.abort());
    const during = await sending;
    const after = await load.window({ ...window, id: "after", forMs: controlMs, seed: "after" });
    await load.stop(); // all samples are written then
    for (const [name, tally] of Object.entries({ before, during, after })) console.log(lineOf(name, tally));
    const share = taken.between(began, sinceOrigin());
    if (share !== null)
      console.log(`  other machines took ${(100 * share).toFixed(1)} % of these processors meanwhile`);
    printCost(moved.length, during, [before, after]);
    const samples = join(directory, "samples.ndjson");
    await printPhases({ samples, features: Object.keys(app.features), still: [before, after], spans, isValid });
    printPauses(moved, spans, during.toMs - during.fromMs, values.steps);
  } finally {
    taken?.end();
    await load.stop();
  }
  const { checks } = await verify((await app.invariants!()).default, deployed.stores(), { settleMs: 30_000 });
  for (const check of checks) if (check.state !== "holds") console.log(`  ${JSON.stringify(check)}`);
  console.log(`${checks.filter(({ state }) => state === "holds").length} of ${checks.length} invariants hold`);
}

/** What the processors did for moves: what they did meanwhile without what they do for as many requests at other times. */
function printCost(moves: number, during: WindowTally, still: readonly WindowTally[]): void {
  const busyIn = ({ fromMs, toMs }: WindowTally): number => taken!.busyMs(fromMs, toMs) ?? NaN;
  const lengthOf = ({ fromMs, toMs }: WindowTally): number => toMs - fromMs;
  const sum = (each: readonly number[]): number => each.reduce((all, one) => all + one, 0);
  const usual = sum(still.map(busyIn)) / sum(still.map(lengthOf));
  const ms = (busyIn(during) - usual * lengthOf(during)) / moves;
  console.log(
    `  a move took ${ms.toFixed(0)} ms of a processor's time; requests alone kept ${usual.toFixed(2)} of ${cpus().length} processors busy`,
  );
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
  const began = sinceOrigin();
  let phase = { phase: "server", from: began };
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
    const told = await beginMove({ ...options, report }, wish);
    return { module: options.module, report: told, steps, valid: isValid(began, sinceOrigin()) };
  } catch (error) {
    process.exitCode = 1;
    console.log(`  ${options.module} to ${wish.to}: ${(error as Error).message}`);
    return null;
  } finally {
    turn("", sinceOrigin());
  }
}

/** Whether other machines left these processors to this one then. Unknown counts as yes. */
function isValid(from: number, to: number): boolean {
  return (taken?.between(from, to) ?? 0) <= takenLimit;
}

function sinceOrigin(): number {
  return Number(process.hrtime.bigint() - origin) / 1e6;
}
