import { SeamlineError } from "../contract/errors.ts";
import type { LiveOptions, LivePlan, LiveProgress, LiveReport, Portion, Wish } from "../split/live.ts";
import { beginMove } from "../split/moving.ts";
import { planMove } from "../split/plan.ts";
import { abort } from "../split/recall.ts";
import type { Args, Flags } from "./args.ts";
import { block } from "./block.ts";
import { rootOf } from "./deploying.ts";
import { runningOn } from "./faulting.ts";
import { interrupts } from "./interrupts.ts";
import { describePlan, describeProgress, describeReport, saidPlace } from "./movingwords.ts";
import type { RunningDeployment } from "./running.ts";
import type { Terminal } from "./terminal.ts";

/** What `split`, `merge` and `move` share: which deployment is meant, and a move under the eyes of who asked for it. */

export const moveFlags = {
  app: { value: "NAME" },
  on: { value: "NAME" },
  plan: {},
  abort: {},
  copy: {},
  data: { value: "DIR" },
  json: {},
} satisfies Flags;

/** @throws SeamlineError `usage` where none or several run */
export async function deploymentOf(args: Args, { t }: Terminal, app = args.value("app")): Promise<RunningDeployment> {
  const found = (await runningOn(args)).filter(({ name }) => app === undefined || name.startsWith(`${app}-`));
  if (found.length > 1) throw new SeamlineError("usage", t.severalOn(found.map(({ name }) => name)));
  if (found[0] === undefined) throw new SeamlineError("usage", t.moving.noneRuns(rootOf(args)));
  return found[0];
}

export function portionOf(args: Args): Portion {
  return (args.value("to") as Portion | undefined) ?? "both";
}

/** What `split`, `merge` and `move` do for a wish: look, take back or move. @returns the exit code */
export async function doMove(module: string, wish: () => Wish, args: Args, screen: Terminal): Promise<number> {
  if (args.has("abort") && args.has("plan"))
    throw new SeamlineError("usage", screen.t.flagsExclude("--plan", "--abort"));
  const { control, directory } = await deploymentOf(args, screen);
  const options: LiveOptions = { control, directory, module, ...(args.has("copy") && { method: "copy" as const }) };
  if (args.has("abort")) return takeBack(options, args, screen);
  if (args.has("plan")) return showPlan(await planMove(options, wish()), args, screen);
  return watchMove(options, (given) => beginMove(given, wish()), args, screen);
}

function showPlan(plan: LivePlan, args: Args, screen: Terminal): number {
  if (args.has("json")) screen.json({ type: "plan", ...plan });
  else screen.out(describePlan(plan, screen));
  return plan.refusals.length === 0 ? 0 : 1;
}

async function takeBack(options: LiveOptions, args: Args, { json, out, t }: Terminal): Promise<number> {
  const { at } = await abort(options);
  if (args.has("json")) json({ type: "aborted", module: options.module, at });
  else out(t.moving.aborted(options.module, saidPlace(at, t)));
  return 0;
}

/** Carries a move out, tells how it goes, and gives it up at Ctrl-C for as long as it can be. */
export async function watchMove(
  options: LiveOptions,
  work: (options: LiveOptions) => Promise<LiveReport>,
  args: Args,
  screen: Terminal,
): Promise<number> {
  using interrupted = interrupts();
  const { signal } = interrupted;
  const teller = new Teller(options.module, args.has("json"), screen);
  // Who presses Ctrl-C once more ends it in the middle.
  const abandoned = (): void => screen.note(screen.t.moving.abandoned(options.module));
  const interruption = (): void => {
    teller.interrupted();
    process.once("exit", abandoned);
  };
  signal.addEventListener("abort", interruption, { once: true });
  try {
    const report = await work({ ...options, signal, report: (progress) => teller.tell(progress) });
    teller.end();
    if (args.has("json")) screen.json({ type: "moved", ...report });
    else screen.out(describeReport(report, screen));
    return (report.data?.verified?.differences.length ?? 0) === 0 ? 0 : 1;
  } catch (error) {
    teller.end();
    if (!signal.aborted || !isUndone(error)) throw error;
    if (args.has("json")) screen.json({ type: "undone", module: options.module });
    else screen.note(screen.t.moving.undone);
    return 130;
  } finally {
    process.off("exit", abandoned);
  }
}

function isUndone(error: unknown): boolean {
  const { code, data } = error as { code?: string; data?: { interrupted?: boolean } };
  return code === undefined || (code === "move_undone" && data?.interrupted === true);
}

/** Prints how a move goes on: steps as lines, and what changes all the time as a line that is drawn over. */
class Teller {
  readonly #module: string;
  readonly #json: boolean;
  readonly #screen: Terminal;
  readonly #block = block();
  readonly #begun = performance.now();
  #committed = false;

  constructor(module: string, json: boolean, screen: Terminal) {
    this.#module = module;
    this.#json = json;
    this.#screen = screen;
  }

  tell(progress: LiveProgress): void {
    const { step } = progress;
    if (step === "open" || (step === "fence" && progress.point === "closed")) this.#committed = true;
    if (this.#json) return this.#screen.json({ type: "move", module: this.#module, ...progress });
    const words = describeProgress(this.#module, progress, this.#screen);
    if (words === null) return;
    const at = `${((performance.now() - this.#begun) / 1000).toFixed(1).padStart(5)} s`;
    const line = `${this.#screen.paint.dim(at)}  ${words.text}`;
    if (words.passing) this.#block.draw([line]);
    else {
      this.#block.clear();
      this.#block.print(line);
    }
  }

  interrupted(): void {
    const { moving } = this.#screen.t;
    this.#block.clear();
    this.#screen.note(this.#committed ? moving.goingForward : moving.takingBack);
  }

  end(): void {
    this.#block.clear();
  }
}
