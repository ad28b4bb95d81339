import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { migrate } from "../data/migrate.ts";
import { closing, making, noteHome, readRecord, slotOf } from "./book.ts";
import { empty, ownerStatements, shapeOf, shapesDiffer, tablesOf } from "./catalog.ts";
import { copyFirst } from "./copying.ts";
import { transaction, type Hand } from "./hand.ts";
import { activate, followingOf, makeSlot, publish, subscribe, unfollow, type Following } from "./replication.ts";
import { changedError } from "./errors.ts";
import { fullText } from "./room.ts";
import { point, type Move } from "./context.ts";
import type { Side } from "./split.ts";
import { isUsable } from "./state.ts";

/**
 * Makes the target ready: the module's tables, empty and closed. A former home that has the same tables stays closed all
 * the while. Else they are made anew, by the administrator and as his own, so that the module's role cannot write before
 * they are closed; then it gets them.
 */
export async function prepareTarget(move: Move): Promise<void> {
  const { from, to, options } = move;
  const { answerMs } = move.limits;
  await unfollow(to, from, to.side, answerMs);
  await unfollow(from, to, from.side, answerMs);
  const record = await readRecord(to);
  await to.run(noteHome(to.side.address, from.side.address));
  const shape = await shapeOf(from);
  if (record === null || shapesDiffer(shape, await shapeOf(to)) !== "") {
    await empty(to);
    await migrate({
      module: options.module,
      definition: options.definition,
      address: asAdministrator(to.side),
      guards: "guarded",
      subscribers: {},
      warn: () => {},
    });
    const owned = making(to.side.address) + (await ownerStatements(to));
    await transaction(to, owned + closing(to.side.address, await tablesOf(to), from.side.address));
    const differ = shapesDiffer(shape, await shapeOf(to));
    if (differ !== "") throw otherTables(options.module, differ);
  }
  point(move, "prepare", "target");
}

/** Somebody has changed them beside the migrations, or one that has run was changed. */
function otherTables(module: string, differ: string): SeamlineError {
  const message = `the tables of module "${module}" are not those that its migrations make (${differ}): bring them together, by another migration for instance, then begin again`;
  return new SeamlineError("unavailable", message, { data: { module } });
}

function asAdministrator({ adminUrl, address }: Side): typeof address {
  const { username, password } = new URL(adminUrl);
  const user = decodeURIComponent(username);
  return { ...address, user, role: user, password: decodeURIComponent(password) };
}

/**
 * Has what is needed for following, or makes it.
 *
 * @returns whether the target has had its first copy
 */
export async function prepare(move: Move): Promise<boolean> {
  const { from, to } = move;
  if (isUsable(await followingOf(from, to))) {
    await activate(from, to);
    return true;
  }
  await from.run(noteHome(from.side.address, null));
  await prepareTarget(move);
  await publish(from);
  point(move, "prepare", "publication");
  return false;
}

/** Brings the target its first copy and has it follow from there: a subscription says that the copy is complete. */
export async function follow(move: Move): Promise<void> {
  const { from, to, limits } = move;
  await copyFirst(move);
  await subscribe(from, to, limits.stallMs);
  point(move, "copy", "subscription");
}

/** Waits until little is left to catch up with. */
export async function catchUp(move: Move): Promise<void> {
  const { from, to, limits } = move;
  let best = Infinity;
  let until = monotonicMs() + limits.stallMs;
  let errors = 0;
  for (;;) {
    move.options.signal?.throwIfAborted();
    const following = await followingOf(from, to);
    const { subscription, slot } = following;
    if (subscription === null || slot === null || slot.lost) throw await brokenError(move, following);
    const failed = await errorsOf(to, from);
    if (failed > errors) await lookFor(move);
    errors = failed;
    const { lagBytes } = slot;
    if (subscription.enabled && lagBytes < nearBytes) return point(move, "copy", "caught-up", { lagBytes });
    point(move, "copy", "behind", { lagBytes });
    if (lagBytes < best) until = monotonicMs() + limits.stallMs;
    best = Math.min(best, lagBytes);
    if (monotonicMs() > until) throw await brokenError(move, following);
    await sleep(lookMs);
  }
}

/** How near is near enough to begin the fence. More: writers wait longer in it. */
const nearBytes = 256 * 1024;
/** Less: the server is asked more while others need it. More: that it has caught up is seen later. */
const lookMs = 25;

/** How often following has failed, since the subscription was made. */
async function errorsOf(follower: Hand, leader: Hand): Promise<number> {
  const [row] = await follower.rows<{ errors: number }>(
    `select coalesce(sum(apply_error_count), 0)::float8 as errors
     from pg_stat_subscription_stats where subname = $1`,
    [slotOf(leader.side.address)],
  );
  return row!.errors;
}

/** @throws SeamlineError for what following cannot get over by itself */
async function lookFor({ from, to, options }: Move): Promise<void> {
  const changed = shapesDiffer(await shapeOf(from), await shapeOf(to));
  if (changed !== "") throw changedError(options, changed);
  const full = await fullText(to);
  if (full !== null) throw new SeamlineError("unavailable", full);
}

async function brokenError({ from, to, limits }: Move, { slot, subscription }: Following): Promise<SeamlineError> {
  const errors = await errorsOf(to, from);
  const { host, port } = to.side.address;
  const what =
    slot === null || subscription === null
      ? "replication was taken away while the move was under way"
      : slot.lost
        ? `the target fell so far behind that the source at ${from.side.address.host}:${from.side.address.port} dropped ` +
          `its slot (max_slot_wal_keep_size)`
        : `the target came no nearer for ${limits.stallMs} ms (${slot.lagBytes} bytes behind, ${errors} errors): the log ` +
          `of the server at ${host}:${port} says why`;
  return new SeamlineError("unavailable", what, { data: { slot, subscription, errors } });
}

/** The source begins to follow the target, without rows: it has them. */
export async function followBack(move: Move): Promise<void> {
  const { from, to, limits } = move;
  if (isUsable(await followingOf(to, from))) return activate(to, from);
  await unfollow(to, from, to.side, limits.answerMs);
  await publish(to);
  point(move, "reverse", "publication");
  await makeSlot(to, limits.answerMs, false);
  point(move, "reverse", "slot");
  await subscribe(to, from, limits.stallMs);
  point(move, "reverse", "subscription");
}
