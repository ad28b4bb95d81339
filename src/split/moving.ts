import { setTimeout as sleep } from "node:timers/promises";
import { SeamlineError } from "../contract/errors.ts";
import { messageOf } from "../data/failure.ts";
import type { Watched } from "../deploy/watching.ts";
import { identify } from "../faults/identity.ts";
import { gateOf, type LiveGate } from "./gate.ts";
import type { LiveOptions, LiveReport, Place, Wish } from "./live.ts";
import { abort as abortData, move } from "./move.ts";
import { preflight, type Preflight, type Problem } from "./preflight.ts";
import { fileOf, readRecord, recordDone, removeRecord, takeMoves, writeRecord, type MoveRecord } from "./records.ts";
import { refusal } from "./refusal.ts";
import { fullServerText, saysFull } from "./room.ts";
import { ask, lookAt, seenSide, sideOf, type Scene } from "./scene.ts";
import type { Limits, MoveOptions, MoveReport, Side } from "./split.ts";
import { checkPlace, targetOf } from "./targets.ts";

/** Callers have a second, unless their contract says otherwise: the fence gives up sooner, and is tried again. */
export const liveLimits: Partial<Limits> = { lockMs: 200, fenceMs: 1_000 };
/** How often a move that came too late to its fence is gone on with. */
const tries = 3;

/**
 * Moves a module as wished, or goes on with the same move that another controller has begun.
 *
 * @throws SeamlineError `move_refused`, `topology_invalid`: nothing was changed; `move_undone`: everything is as it was;
 *   `move_stopped`: it is begun, and the same wish again goes on with it; `unavailable` when the deployment is gone
 */
export async function beginMove(options: LiveOptions, wish: Wish): Promise<LiveReport> {
  using _ = await takeMoves(options, options.module);
  const scene = await lookAt(options, options.module);
  const begun = await readRecord(options, options.module, "begun");
  if (begun !== null) return await goOn(options, scene, begun, wish);
  // Awaited here, or the lock would go before the move.
  return await carryOut(options, scene, targetOf(scene, wish));
}

/** The move back of the last one that ended. @throws SeamlineError as `beginMove` */
export async function rollback(options: LiveOptions): Promise<LiveReport> {
  const { module } = options;
  using _ = await takeMoves(options, options.module);
  const scene = await lookAt(options, module);
  if ((await readRecord(options, module, "begun")) !== null)
    throw refusal(
      module,
      "under-way",
      `a move of module "${module}" is begun and has not ended: take it back with --abort, or give its command again and roll back then`,
    );
  const done = await readRecord(options, module, "done");
  if (done === null || !isSame(done.to, scene.here))
    throw refusal(
      module,
      "no-move",
      `module "${module}" is not where a move has left it, so there is nothing to roll back; seamline merge puts it to where the rest is`,
    );
  checkPlace(scene, done.from);
  return await carryOut(options, scene, done.from);
}

async function goOn(options: LiveOptions, scene: Scene, begun: MoveRecord, wish: Wish): Promise<LiveReport> {
  const { from, to } = begun;
  // What is there already was done by the controller before.
  const to2 = targetOf({ ...scene, here: from, topology: before(scene, begun) }, wish);
  if (!isSame(to, to2))
    throw refusal(
      options.module,
      "under-way",
      `a move of module "${options.module}" from ${said(from)} to ${said(to)} is begun and has not ended: give the same command again to go on with it, or seamline move ${options.module} --abort to take it back`,
    );
  return carryOut({ ...options, method: begun.method }, scene, to, begun);
}

/** The topology before a move that is begun. */
function before(scene: Scene, { from }: MoveRecord): Scene["topology"] {
  return isSame(scene.here, from) ? scene.topology : checkPlace(scene, from);
}

async function carryOut(options: LiveOptions, scene: Scene, to: Place, begun?: MoveRecord): Promise<LiveReport> {
  const { module, method = "replicate", report = () => {} } = options;
  const record: MoveRecord = {
    ...(begun ?? { module, from: scene.here, to, method, at: new Date().toISOString() }),
    ...identify(process.pid)!,
  };
  const { from } = record;
  const found = begun === undefined ? await refuseEarly(options, scene, record) : null;
  await writeRecord(options, record);
  const heldMs = found?.heldMs ?? null;
  report({ step: "begin", from, to, resumed: begun !== undefined, method: record.method, heldMs });
  await ask(scene, { ask: "watch", module }).catch(() => {});
  const gate = to.server === from.server ? null : gateOf(scene, to.server!, report);
  let data: MoveReport | null;
  try {
    await toProcess(options, scene, record);
    const given = await dataOptions(options, scene, record, gate);
    data = given === null ? null : await moved(given);
  } catch (error) {
    await unwatch(scene);
    throw await settled(options, scene, record, error);
  } finally {
    gate?.end();
  }
  await recordDone(options, record);
  await closeServer(scene, from.server);
  const { pauseMs = null, held = null } = gate ?? {};
  return { module, from, to, data, pauseMs, held, calls: await unwatch(scene) };
}

/** Refuses before anything is changed. @returns what was found of the data; null: it stays */
async function refuseEarly(options: LiveOptions, scene: Scene, record: MoveRecord): Promise<Preflight | null> {
  try {
    // First what can be seen before there is a place for it.
    const seen = await lookBefore(options, scene, record);
    if (seen === null) return null;
    refuseFor(record, seen.found.problems);
    options.signal?.throwIfAborted();
    if (seen.target !== null) return seen.found; // there was a place, so all of it has been seen
    const found = await preflight((await dataOptions(options, scene, record, null))!);
    refuseFor(record, found.problems);
    options.signal?.throwIfAborted();
    return found;
  } catch (error) {
    if (record.from.server !== record.to.server) await closeServer(scene, record.to.server);
    throw error;
  }
}

function refuseFor({ module }: MoveRecord, problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const messages = problems.map(({ message }) => message).join("\n  ");
  const kinds = problems.map(({ kind }) => kind);
  const message = `the data of module "${module}" cannot be moved:\n  ${messages}`;
  throw new SeamlineError("move_refused", message, { data: { module, kinds } });
}

/**
 * What can be seen of the data's move while nothing is made; null: the data stays. `target` null: there is no place for it
 * yet.
 */
export async function lookBefore(
  options: LiveOptions,
  scene: Scene,
  { from, to, method }: Ways,
): Promise<{ readonly found: Preflight; readonly source: Side; readonly target: Side | null } | null> {
  if (from.server === to.server) return null;
  const source = await sideOf(scene, from.server!);
  const target = await seenSide(scene, to.server!);
  const given = {
    module: scene.module,
    definition: scene.definition!,
    from: source,
    method,
    limits: limitsFor(options),
  };
  return { found: await preflight({ ...given, to: target }), source, target };
}

type Ways = Pick<MoveRecord, "from" | "to" | "method">;

function limitsFor({ limits }: LiveOptions): Partial<Limits> {
  return { ...liveLimits, ...limits };
}

/** What `move` is given; null: the data stays. */
export async function dataOptions(
  options: LiveOptions,
  scene: Scene,
  { from, to, method }: Ways,
  gate: LiveGate | null,
): Promise<MoveOptions | null> {
  const { module, signal, report } = options;
  if (from.server === to.server) return null;
  return {
    module,
    definition: scene.definition!,
    from: await sideOf(scene, from.server!),
    to: await sideOf(scene, to.server!),
    method,
    journal: fileOf(options, module, "journal"),
    limits: limitsFor(options),
    ...(gate && { gate }),
    ...(signal && { signal }),
    ...(report && { report }),
  };
}

async function toProcess(
  { report = () => {}, signal }: LiveOptions,
  scene: Scene,
  { module, to }: MoveRecord,
): Promise<void> {
  const { process } = to;
  if (process !== scene.here.process) {
    report({ step: "process", point: "begun", process });
    await ask(scene, { ask: "place", module, process });
    report({ step: "process", point: "ended", process });
  }
  signal?.throwIfAborted();
}

/** One that came too late to its fence is not taken back at once: what was copied is there, and follows. */
async function moved(options: MoveOptions): Promise<MoveReport> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await move({ ...options, onFailure: "keep" });
    } catch (error) {
      const { cause, code } = error as SeamlineError;
      if (isCommitted(error) || code !== "move_stopped") throw error;
      // Copying again would hold calls as long again.
      const late = options.method !== "copy" && (cause as SeamlineError | undefined)?.code === "deadline_exceeded";
      if (!late || attempt === tries || options.signal?.aborted === true)
        return takenBack(options, error as SeamlineError);
    }
    await sleep(250 * attempt);
  }
}

/** Takes the data's move back, or goes forward where it turns out to be committed. */
async function takenBack(options: MoveOptions, { cause }: SeamlineError): Promise<MoveReport> {
  const found = await abortData(options).catch((error: unknown) => {
    if (isCommitted(error)) return null;
    throw error;
  });
  if (found === null) return move(options);
  throw new SeamlineError("move_undone", messageOf(cause), { cause, data: found });
}

/** What becomes of a move that failed. @returns the error to be told */
async function settled(options: LiveOptions, scene: Scene, record: MoveRecord, error: unknown): Promise<unknown> {
  const { module, from } = record;
  // Begun and not taken back: the record stays.
  if ((error as SeamlineError).code === "move_stopped") return error;
  try {
    if ((error as SeamlineError).code !== "move_undone") await takeDataBack(options, scene, record);
    await putBack(scene, record);
  } catch (cause) {
    const message = `the move of module "${module}" stopped (${messageOf(error)}) and could not be taken back: ${messageOf(cause)}. Give the same command again to go on, or take it back with seamline move ${module} --abort`;
    return new SeamlineError("move_stopped", message, { cause, data: { module, committed: isCommitted(cause) } });
  }
  const signal = options.signal?.aborted === true ? options.signal.reason : null;
  const { cause, data } = error as SeamlineError;
  const left = (data as { left?: readonly string[] } | undefined)?.left ?? [];
  const rest =
    left.length === 0
      ? ""
      : `; what is left at ${left.join(" and ")}, which did not answer, goes with the next move there`;
  const told = messageOf(signal ?? ((error as SeamlineError).code === "move_undone" ? (cause ?? error) : error));
  const known = signal !== null || saysFull(told);
  const full = known ? null : await fullServerText(options.directory, record.to.server);
  const why = full === null ? told : `${told}; ${full}`;
  const message = `the move of module "${module}" was given up: ${why}. Everything was taken back; it is where it was, in ${said(from)}${rest}`;
  return new SeamlineError("move_undone", message, { cause: error, data: { module, interrupted: signal !== null } });
}

/** What a controller before this one may have begun. @throws SeamlineError `move_stopped` where that is committed */
async function takeDataBack(options: LiveOptions, scene: Scene, record: MoveRecord): Promise<void> {
  const given = await dataOptions({ ...options, report: () => {} }, scene, record, null);
  if (given !== null) await abortData(given);
}

/** The data is where it was; now the process, and the server that nobody needs. */
export async function putBack(scene: Scene, { module, from, to }: MoveRecord): Promise<void> {
  if (to.process !== from.process) await ask(scene, { ask: "place", module, process: from.process });
  await removeRecord(scene, module);
  if (to.server !== from.server) await closeServer(scene, to.server);
}

/** One that others are on stays; one that does not stop is stopped with the deployment. */
export async function closeServer(scene: Scene, server: string | null): Promise<void> {
  if (server !== null && server !== "main") await ask(scene, { ask: "close", server }).catch(() => {});
}

async function unwatch(scene: Scene): Promise<Watched | null> {
  return (await ask(scene, { ask: "watched", module: scene.module }).catch(() => null)) as Watched | null;
}

export function isCommitted(error: unknown): boolean {
  return (
    (error as SeamlineError).code === "move_stopped" &&
    (error as { data?: { committed?: boolean } }).data?.committed === true
  );
}

export function isSame(one: Place, other: Place): boolean {
  return one.process === other.process && one.server === other.server;
}

function said({ process, server }: Place): string {
  return `process "${process}"${server === null ? "" : ` and server "${server}"`}`;
}
