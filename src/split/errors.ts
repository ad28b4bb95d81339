import { SeamlineError } from "../contract/errors.ts";
import { messageOf } from "../data/failure.ts";
import type { Run } from "./run.ts";
import type { MoveOptions, Side } from "./split.ts";
import type { MoveState } from "./state.ts";

/** How a move ends that is not made. */

export function refusedError(
  { module }: MoveOptions,
  problems: readonly string[],
  kinds: readonly string[],
): SeamlineError {
  const message = `the data of module "${module}" cannot be moved:\n  ${problems.join("\n  ")}`;
  return new SeamlineError("move_refused", message, { data: { module, kinds } });
}

export function elsewhere({ module, from, to }: MoveOptions, { home }: MoveState & { at: "elsewhere" }): SeamlineError {
  const problem =
    home === null
      ? `${placeOf(from)} and ${placeOf(to)} both say that it is there: find out which has what was written last, and drop the schema at the other one`
      : `${placeOf(from)} says that it is at ${home.host}:${home.port}/${home.database}: move it from there`;
  return refusedError({ module, from, to } as MoveOptions, [problem], ["elsewhere"]);
}

/** @param what only one side has */
export function changedError({ module }: MoveOptions, what: string): SeamlineError {
  const message =
    `the tables of module "${module}" were changed at the source while its data was being copied (${what}): ` +
    `let the migration end, then begin again`;
  return new SeamlineError("unavailable", message, { data: { module } });
}

function placeOf({ address: { host, port, database } }: Side): string {
  return `${host}:${port}/${database}`;
}

/** @param left places that did not answer and still hold something of the move */
export function undoneError({ options, step }: Run, cause: unknown, left: readonly Side[]): SeamlineError {
  const rest =
    left.length === 0
      ? ""
      : `; ${left.map(placeOf).join(" and ")} did not answer, and what is left there is removed by abort, or by the next move`;
  const message =
    `the move of module "${options.module}" was given up in step "${step}": ${messageOf(cause)}. ` +
    `Everything was taken back; its data is where it was, at ${placeOf(options.from)}${rest}`;
  return new SeamlineError("move_undone", message, {
    cause,
    data: { module: options.module, step, left: left.map(placeOf) },
  });
}

export function stoppedError({ options, step, committed }: Run, cause: unknown): SeamlineError {
  const { module, from, to } = options;
  const now = committed
    ? `It is committed: the data belongs to ${placeOf(to)}, and ${placeOf(from)} is closed. Move it again to go on`
    : `Move it again to go on, or abort it; until then it is at ${placeOf(from)} unless that is closed already`;
  const message = `the move of module "${module}" stopped in step "${step}": ${messageOf(cause)}. ${now}`;
  return new SeamlineError("move_stopped", message, { cause, data: { module, step, committed } });
}

/** A side that broke off while it was asked something becomes a move that stopped there; a refusal stays one. */
export function toldError(run: Run, error: unknown): unknown {
  return (error as SeamlineError).code === "move_refused" ? error : stoppedError(run, error);
}
