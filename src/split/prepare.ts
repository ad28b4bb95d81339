import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { literal } from "../data/sql.ts";
import { migrate } from "../data/migrate.ts";
import { book, closing, making, noteHome, readRecord, slotOf } from "./book.ts";
import { empty, ownerStatements, shapeOf, shapesDiffer, tablesOf } from "./catalog.ts";
import { transaction, type Hand } from "./hand.ts";
import { activate, followingOf, makeSlot, publish, subscribe, unfollow, type Following } from "./replication.ts";
import { changedError } from "./errors.ts";
import { fullText } from "./room.ts";
import { point, type Move } from "./context.ts";
import type { Side } from "./split.ts";
import { isComplete, isUsable } from "./state.ts";

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
  if (to.superuser) await transaction(to, await clearing(to));
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

/** Statements that remove all rows of a side that is closed. */
export async function clearing(hand: Hand): Promise<string> {
  const { schema } = hand.side.address;
  const names = (await tablesOf(hand)).map(({ full }) => full).join(", ");
  const truncate = names === "" ? "" : `set local session_replication_role = replica; truncate ${names};`;
  return `${truncate}delete from ${book}.markers where schema = ${literal(schema)}`;
}

/** The target begins to follow the source, or goes on doing so. */
export async function follow(move: Move): Promise<void> {
  const { from, to, limits } = move;
  if (isUsable(await followingOf(from, to))) return activate(from, to);
  await from.run(noteHome(from.side.address, null));
  await prepareTarget(move);
  await publish(from);
  point(move, "prepare", "publication");
  await makeSlot(from, limits.answerMs);
  point(move, "prepare", "slot");
  await subscribe(from, to, true, limits.stallMs);
  point(move, "prepare", "subscription");
}

/** Waits until every table has its first copy, the target knows what it has, and little is left to catch up with. */
export async function catchUp(move: Move): Promise<void> {
  const { from, to, limits } = move;
  let known = false;
  let best = { ready: -1, copied: "", lagBytes: Infinity };
  let until = monotonicMs() + limits.stallMs;
  let errors = 0;
  for (;;) {
    move.options.signal?.throwIfAborted();
    const following = await followingOf(from, to);
    const copied = await copiedOf(to);
    const { subscription, slot } = following;
    if (subscription === null || slot === null || slot.lost) throw await brokenError(move, following);
    const failed = await errorsOf(to, from);
    if (failed > errors) await lookFor(move);
    errors = failed;
    const lagBytes = slot.lagBytes;
    const tables = { ready: subscription.ready, total: subscription.total };
    const near = isComplete(following) && lagBytes < nearBytes;
    if (near && known) return point(move, "copy", "caught-up", { tables, lagBytes });
    if (near) {
      await getToKnow(to, limits.stallMs);
      known = true;
      continue;
    }
    point(move, "copy", "progress", { tables, lagBytes, ...copied });
    const now = { ready: tables.ready, copied: JSON.stringify(copied), lagBytes: Math.min(lagBytes, best.lagBytes) };
    // While rows are copied, the log runs ahead; after it, only coming nearer counts.
    const copying = tables.ready < tables.total;
    if (copying) now.lagBytes = Infinity;
    if (now.ready > best.ready || (copying && now.copied !== best.copied) || now.lagBytes < best.lagBytes)
      until = monotonicMs() + limits.stallMs;
    best = now;
    if (monotonicMs() > until) throw await brokenError(move, following);
    await sleep(lookMs);
  }
}

/**
 * Rows that were copied come without what queries are planned by, and each page is written once more by whoever reads it
 * first: until the server's own vacuum comes, in a minute or later, queries would be slow. What somebody has locked is left
 * to that.
 */
export async function getToKnow(hand: Hand, ms: number): Promise<void> {
  const names = (await tablesOf(hand)).map(({ full }) => full).join(", ");
  if (names !== "") await hand.run(`vacuum (analyze, skip_locked, truncate false, parallel 0) ${names}`, ms);
}

/** How near is near enough to begin the fence. More: writers wait longer in it. */
const nearBytes = 256 * 1024;
/** Less: the server is asked more while others need it. More: a copy that is there is seen later. */
const lookMs = 50;

async function copiedOf(to: Hand): Promise<{ rows: number; bytes: number }> {
  const [row] = await to.rows<{ rows: number; bytes: number }>(
    `select coalesce(sum(tuples_processed), 0)::float8 as rows, coalesce(sum(bytes_processed), 0)::float8 as bytes
     from pg_stat_progress_copy p join pg_class c on c.oid = p.relid
     where p.datname = current_database() and relnamespace = (select oid from pg_namespace where nspname = $1)`,
    [to.side.address.schema],
  );
  return row!;
}

/** How often following has failed, since the subscription was made. */
async function errorsOf(follower: Hand, leader: Hand): Promise<number> {
  const [row] = await follower.rows<{ errors: number }>(
    `select coalesce(sum(apply_error_count + sync_error_count), 0)::float8 as errors
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
        : `the target came no nearer for ${limits.stallMs} ms (${subscription.ready} of ${subscription.total} tables ready, ` +
          `${slot.lagBytes} bytes behind, ${errors} errors): the log of the server at ${host}:${port} says why`;
  return new SeamlineError("unavailable", what, { data: { slot, subscription, errors } });
}

/** The source begins to follow the target, without rows: it has them. */
export async function followBack(move: Move): Promise<void> {
  const { from, to, limits } = move;
  if (isUsable(await followingOf(to, from))) return activate(to, from);
  await unfollow(to, from, to.side, limits.answerMs);
  await publish(to);
  point(move, "reverse", "publication");
  await makeSlot(to, limits.answerMs);
  point(move, "reverse", "slot");
  await subscribe(to, from, false, limits.stallMs);
  point(move, "reverse", "subscription");
}
