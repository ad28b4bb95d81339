import { inColumns } from "../../compare/columns.ts";
import { number } from "../../compare/format.ts";
import { isTooMuch, lostShareLimit, loopLimitMs } from "../../compare/validity.ts";
import { SeamlineError } from "../../contract/errors.ts";
import { askControl } from "../../deploy/control-socket.ts";
import type { DeploymentStatus } from "../../deploy/deploy.ts";
import { startLoad, type ColumnTally, type Progress, type WindowTally } from "../../load/load.ts";
import { Histogram } from "../../record/histogram.ts";
import { takenLimit } from "../../record/taken.ts";
import type { App } from "../../module/app.ts";
import type { Args } from "../args.ts";
import type { Command } from "../command.ts";
import { rootOf } from "../deploying.ts";
import { readDuration } from "../durations.ts";
import { Interrupted, interrupts } from "../interrupts.ts";
import { resolveApp, type ResolvedApp } from "../resolve.ts";
import { findRunning } from "../running.ts";
import type { Terminal } from "../terminal.ts";

/** Less is no success, however fast it was. */
const neededShare = 0.99;

interface Target {
  readonly name: string;
  readonly url: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly clockOffsetMs: number;
}

export const command: Command = {
  name: "load",
  positionals: ["APP"],
  flags: {
    scenario: { value: "NAME" },
    rate: { value: "50" },
    for: { value: "30s" },
    warmup: { value: "3s" },
    seed: { value: "WORDS" },
    size: { value: "XS|S|L" },
    url: { value: "URL", many: true },
    topology: { value: "NAME|FILE" },
    data: { value: "DIR" },
    json: {},
  },
  examples: [
    "seamline load board --scenario chapter --rate 200 --for 30s",
    "seamline load board --topology microservices --scenario rubbos",
    "seamline load board --url http://127.0.0.1:8001 --url board=http://127.0.0.1:8080 --json",
  ],
  async run(args, screen) {
    const resolved = await resolveApp(args.positionals[0]!);
    const request = readRequest(resolved.app, args, screen);
    const target = await findTarget(resolved, args, screen);
    using interrupted = interrupts();
    try {
      const tally = await send(resolved, target, request, args.has("json"), screen, interrupted.signal);
      return conclude(tally, resolved.app, args.has("json"), screen);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      return 130;
    }
  },
};

interface Request {
  readonly scenario: string;
  readonly rate: number;
  readonly forMs: number;
  readonly warmupMs: number;
  readonly seed: string;
  readonly size: string | null | undefined;
}

function readRequest(app: App, args: Args, { t }: Terminal): Request {
  const rate = Number(args.value("rate") ?? 50);
  if (!(rate > 0)) throw new SeamlineError("usage", t.rateInvalid(args.value("rate")!));
  const scenario = args.value("scenario") ?? Object.keys(app.scenarios)[0];
  if (scenario === undefined) throw new SeamlineError("usage", t.scenarioNone(app.name));
  const duration = (flag: "for" | "warmup", otherwise: string): number =>
    readDuration(flag, args.value(flag) ?? otherwise, t);
  const [forMs, warmupMs] = [duration("for", "30s"), duration("warmup", "3s")];
  return { scenario, rate, forMs, warmupMs, seed: args.value("seed") ?? "1", size: args.value("size") };
}

async function findTarget(resolved: ResolvedApp, args: Args, screen: Terminal): Promise<Target> {
  const { t } = screen;
  if (args.has("url")) return { name: args.values("url")[0]!, ...readUrls(args.values("url"), t), clockOffsetMs: 0 };
  const running = await findRunning(resolved, args, screen);
  if (running === null) throw new SeamlineError("usage", t.noneRuns(resolved.app.name, rootOf(args)));
  const status = (await askControl(running.control, { ask: "status" })) as DeploymentStatus;
  if (status.url === null) throw new SeamlineError("usage", t.noPort);
  // A name would be looked up for every connection, and might be tried at an address that does not answer first.
  const plain = (url: string): string => url.replace("//localhost:", "//127.0.0.1:");
  const parts = Object.fromEntries(Object.entries(status.urls).map(([part, url]) => [part, plain(url)]));
  return { name: running.name, url: plain(status.url), parts, clockOffsetMs: status.clockOffsetMs };
}

function readUrls(values: readonly string[], t: Terminal["t"]): Pick<Target, "url" | "parts"> {
  const parts: Record<string, string> = {};
  let pages: string | null = null;
  for (const value of values) {
    const [, part, url = ""] = /^(?:([a-z][a-z0-9-]*)=)?(https?:\/\/.+)$/.exec(value) ?? [];
    if (!URL.canParse(url)) throw new SeamlineError("usage", t.urlInvalid(value));
    if (part === undefined) pages = url;
    else parts[part] = url;
  }
  if (pages === null) throw new SeamlineError("usage", t.urlNeedsOne);
  return { url: pages, parts };
}

async function send(
  { app, appUrl }: ResolvedApp,
  target: Target,
  { scenario, rate, forMs, warmupMs, seed, size }: Request,
  json: boolean,
  screen: Terminal,
  signal: AbortSignal,
): Promise<WindowTally> {
  const { name, clockOffsetMs } = target;
  const features = Object.entries(app.features).map(([feature, { promiseMs }]) => ({ name: feature, promiseMs }));
  const first = size === undefined ? await firstSize(app) : size;
  const load = await startLoad({ appUrl, scenario, size: first, columns: [target], features, clockOffsetMs });
  try {
    screen.note(screen.t.loadBegins(`${name}, ${scenario}`, rate, forMs, warmupMs));
    const window = { columns: [name], rate };
    if (warmupMs > 0)
      await load.window({ ...window, id: "warmup", forMs: warmupMs, seed: `${seed}/warmup` }, { signal });
    return await load.window(
      { ...window, id: "load", forMs, seed },
      { signal, onProgress: (progress) => showProgress(progress, json, screen) },
    );
  } finally {
    await load.stop();
  }
}

/** With what the app fills itself at its first start. */
async function firstSize(app: App): Promise<string | null> {
  return (await app.seed?.())?.default.first ?? null;
}

function showProgress({ elapsedMs, loopP99Ms, columns }: Progress, json: boolean, screen: Terminal): void {
  const [column] = columns;
  if (json) return screen.json({ type: "progress", elapsedMs, loopP99Ms, ...column });
  const { t, paint } = screen;
  const { sent, good, ended, dropped, late, p50Ms, p95Ms, p99Ms } = column!;
  const words = t.loadProgress;
  const line = [
    paint.dim(`${(elapsedMs / 1000).toFixed(0).padStart(4)} s`),
    `${words.sent} ${sent}`,
    `${words.good} ${share(good, ended)}`,
    `p50 ${ms(p50Ms)}  p95 ${ms(p95Ms)}  p99 ${ms(p99Ms)}`,
    `${words.dropped} ${dropped}`,
    `${words.late} ${late}`,
    paint.dim(`${words.delay} ${ms(loopP99Ms)}`),
  ].join("  ");
  // A terminal shows one line that changes.
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
  else screen.note(line);
}

/** Prints what came of it. @returns the exit code */
function conclude({ columns, generator }: WindowTally, app: App, json: boolean, screen: Terminal): number {
  const { t, paint, out } = screen;
  const [column] = columns;
  const { offered, late, features } = column!;
  const count = (outcome: "good" | "refused" | "dropped"): number =>
    features.reduce((sum, each) => sum + each.outcomes[outcome], 0);
  const [good, lost] = [count("good") + count("refused"), count("dropped") + late];
  const valid = !isTooMuch(lost, offered) && generator.loopP99Ms <= loopLimitMs;
  const enough = good >= offered * neededShare;
  if (json) {
    screen.json({
      type: "load",
      valid,
      enough,
      goodShare: offered === 0 ? null : good / offered,
      ...column,
      generator,
    });
    return valid && enough ? 0 : 1;
  }
  if (process.stderr.isTTY) screen.note("");
  out(describe(column!, app, valid, screen));
  if (generator.taken !== null && generator.taken > takenLimit)
    out(paint.yellow(t.loadTaken(number(generator.taken, "share"))));
  if (!valid)
    out(
      paint.red(
        t.loadInvalid(share(lost, offered), ms(generator.loopP99Ms), number(lostShareLimit, "share"), ms(loopLimitMs)),
      ),
    );
  else if (enough) out(paint.green(t.loadSuccess(share(good, offered))));
  else out(paint.red(t.loadTooLittle(share(good, offered), number(neededShare, "share"))));
  return valid && enough ? 0 : 1;
}

function describe({ features }: ColumnTally, app: App, valid: boolean, { t, paint, language }: Terminal): string {
  const { feature, offered, degraded, slow, failed, promise } = t.loadColumns;
  const title = [feature, offered, t.loadProgress.good, degraded, slow, failed, "p50", "p95", "p99", promise];
  const seen = features.filter((each) => each.offered > 0);
  const rows = seen.map((each) => {
    const { slow: late, refused } = each.outcomes;
    const good = each.outcomes.good + refused;
    const latency = Histogram.fromJson(each.latency);
    const figures = [share(good, each.offered), ...[0.5, 0.95, 0.99].map((q) => ms(latency.percentile(q)))];
    const [kept, ...percentiles] = valid ? figures : figures.map(() => t.invalid);
    const counts = [each.degraded, late, each.offered - good - late].map(String);
    const { says, promiseMs } = app.features[each.feature]!;
    return [
      `${each.feature}  ${paint.dim(says[language])}`,
      String(each.offered),
      kept!,
      ...counts,
      ...percentiles,
      ms(promiseMs),
    ];
  });
  const reasons = seen.flatMap((each) => [
    ...each.refusals.map(({ reason, count }) => paint.dim(`${each.feature}: ${count} × ${t.loadRefused}: ${reason}`)),
    ...each.reasons.map(({ reason, count }) => paint.yellow(`${each.feature}: ${count} × ${reason}`)),
  ]);
  return [inColumns([title.map(paint.dim), ...rows]), ...reasons, ""].join("\n");
}

function share(part: number, all: number): string {
  return all === 0 ? "–" : number(part / all, "share");
}

function ms(value: number | null): string {
  return value === null ? "–" : number(value, "ms");
}
