import type { SeamlineError } from "../contract/errors.ts";
import { take, type Hand } from "./hand.ts";
import { readJournal, writeJournal } from "./journal.ts";
import { limitsOf, point } from "./context.ts";
import type { MoveOptions, MoveReport, Step } from "./split.ts";
import type { Look } from "./verify.ts";

/** One call of `move`: what it knows besides what is in the databases. */
export interface Run {
  readonly options: MoveOptions;
  readonly begunAt: string;
  step: Step;
  committed: boolean;
  /** Whether the fence has carried the target's opening out but for its commit. */
  ready: boolean;
  /** Both sides as they were in the fence. */
  looks: { readonly from: Look; readonly to: Look } | null;
  verified: MoveReport["verified"];
  /** When the tables were locked, on `monotonicMs()`. */
  lockedAt: number | null;
  fencedMs: number | null;
}

export interface Hands {
  /** null: it does not answer, and the journal says that the move is committed. */
  readonly from: Hand | null;
  readonly to: Hand;
}

export async function runOf(options: MoveOptions): Promise<Run> {
  const journal = await readJournal(options);
  return {
    options,
    begunAt: journal?.begunAt ?? new Date().toISOString(),
    step: "check",
    committed: journal?.committed === true,
    ready: false,
    looks: null,
    verified: null,
    lockedAt: null,
    fencedMs: null,
  };
}

/** @throws SeamlineError `postgres_unreachable`; `move_refused` when another process is at it; nothing is held then */
export async function takeHands({ options, committed }: Run): Promise<Hands> {
  const { answerMs } = limitsOf(options);
  const to = await take(options.to, answerMs);
  try {
    return { from: await take(options.from, answerMs), to };
  } catch (error) {
    if (committed && (error as SeamlineError).code === "postgres_unreachable") return { from: null, to };
    await to.close();
    throw error;
  }
}

export async function closeHands({ from, to }: Hands): Promise<void> {
  await Promise.all([from?.close(), to.close()]);
}

export async function enter(run: Run, step: Step): Promise<void> {
  run.step = step;
  await note(run);
  point(run, step, "begun");
}

export async function note({ options, step, committed, begunAt }: Run): Promise<void> {
  await writeJournal(options, { step, committed, begunAt });
}
