import { steps as ownSteps } from "../data/tables.ts";
import { readRecord, slotOf } from "./book.ts";
import { full, sizeOf, tablesOf, type Table } from "./catalog.ts";
import { isLocked, reach, type Hand } from "./hand.ts";
import { limitsOf } from "./context.ts";
import { megabytes, roomOf } from "./room.ts";
import { followingOf } from "./replication.ts";
import type { Method, MoveOptions, Side } from "./split.ts";
import { writersText } from "./waiting.ts";

/** How much is copied and compared in a ms, indexes included: measured on two busy cores, for the estimate. */
const heldBytesPerMs = 15_000;

/** What can be said before anything is changed. */
export interface Preflight {
  readonly method: Method;
  readonly tables: number;
  /** Rows as the source's statistics estimate them. */
  readonly rows: number;
  /** Tables with their indexes. */
  readonly bytes: number;
  /** "copy": about how long writers would wait, on a small machine; "replicate": null. */
  readonly heldMs: number | null;
  /** Why the move is refused; empty: it may begin. */
  readonly problems: readonly Problem[];
  /** Whether a target that dies during the move can fill the source's disk, for want of `max_slot_wal_keep_size`. */
  readonly unlimitedSlots: boolean;
}

export type ProblemKind =
  | "same-place"
  | "version"
  | "rights"
  | "wal-level"
  | "room"
  | "way-back"
  | "no-schema"
  | "no-key"
  | "unlogged"
  | "row-security"
  | "migrations"
  | "foreign-rows"
  | "pause"
  | "locked"
  | "disk";

export interface Problem {
  readonly kind: ProblemKind;
  /** What is in the way, with the value, and the remedy. */
  readonly message: string;
}

/** As `MoveOptions`; `to` null: there is no place yet, and the move will make one. */
export type Before = Pick<MoveOptions, "module" | "definition" | "from" | "method" | "limits"> & {
  readonly to: Side | null;
};

/** Looks at both sides without changing them. @throws SeamlineError `postgres_unreachable` */
export async function preflight(options: Before): Promise<Preflight> {
  const { answerMs } = limitsOf(options);
  const from = await reach(options.from, answerMs);
  try {
    const to = options.to === null ? null : await reach(options.to, answerMs);
    try {
      return await look(options, from, to);
    } catch (error) {
      if (!isLocked(error)) throw error;
      return nothingOf(options, [await locked(from)]);
    } finally {
      await to?.close();
    }
  } finally {
    await from.close();
  }
}

export async function look(options: Before, from: Hand, to: Hand | null): Promise<Preflight> {
  const method = options.method ?? "replicate";
  const hands = to === null ? [from] : [from, to];
  const missing = (await Promise.all(hands.map(membership))).flat();
  if (missing.length > 0) return nothingOf(options, missing);
  const tables = await tablesOf(from);
  const size = await sizeOf(from);
  const heldMs = method === "copy" ? Math.ceil(100 + size.bytes / heldBytesPerMs) : null;
  const problems = [
    ...(to === null ? [] : samePlace({ from: from.side, to: to.side })),
    ...(await versions(hands)),
    ...(method === "replicate" ? await replication(from, to) : []),
    ...(method === "replicate" ? tables.flatMap(replicable) : []),
    ...(to === null ? [] : await otherWays(from, to)),
    ...tables.flatMap(unguarded),
    ...(await migrations(options, from)),
    ...(to === null ? [] : await targetFree(to)),
    ...pause(heldMs, limitsOf(options).heldCopyMs),
    ...(await disk(from, to, size.bytes)),
  ];
  const unlimitedSlots = method === "replicate" && (await isUnlimited(from));
  return { method, tables: tables.length, ...size, heldMs, problems, unlimitedSlots };
}

/** What can be said where the tables cannot be looked at. */
function nothingOf({ method = "replicate" }: Before, problems: readonly Problem[]): Preflight {
  return { method, tables: 0, rows: 0, bytes: 0, heldMs: null, problems, unlimitedSlots: false };
}

async function locked(from: Hand): Promise<Problem> {
  const who = await writersText(from);
  const message = `the tables at ${at(from.side)} are locked${who === "" ? "" : ` (${who})`}, as by a migration: wait for that transaction, or end it`;
  return { kind: "locked", message };
}

function pause(heldMs: number | null, mostMs: number): Problem[] {
  if (heldMs === null || heldMs <= mostMs) return [];
  const message = `copying would hold calls for about ${Math.ceil(heldMs / 1000)} s, and ${mostMs / 1000} s is the most: move it by replication instead, which holds them for a moment only`;
  return [{ kind: "pause", message }];
}

async function membership({ side, superuser, rows }: Hand): Promise<Problem[]> {
  const { role } = side.address;
  const text = "select pg_has_role(oid, 'usage') as has from pg_roles where rolname = $1";
  if (superuser || (await rows<{ has: boolean }>(text, [role]))[0]?.has === true) return [];
  const message = `the login at ${at(side)} is no superuser and may not become the module's role "${role}": give the login that provisioned the module`;
  return [{ kind: "rights", message }];
}

async function isUnlimited({ rows }: Hand): Promise<boolean> {
  const text = "select current_setting('max_slot_wal_keep_size') = '-1' as unlimited";
  return (await rows<{ unlimited: boolean }>(text))[0]!.unlimited;
}

function at({ address: { host, port } }: Side): string {
  return `${host}:${port}`;
}

export function samePlace({ from, to }: Pick<MoveOptions, "from" | "to">): Problem[] {
  const key = ({ address: { host, port, database } }: Side): string => JSON.stringify([host, port, database]);
  if (key(from) !== key(to)) return [];
  const message = `source and target are the same database, ${to.address.database} at ${at(to)}: give another target`;
  return [{ kind: "same-place", message }];
}

async function versions(hands: readonly Hand[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { side, rows } of hands) {
    const text = "select current_setting('server_version_num')::int as number";
    const { number } = (await rows<{ number: number }>(text))[0]!;
    const message = `PostgreSQL at ${at(side)} is ${Math.floor(number / 10_000)}: a move needs 16 or newer on both sides, or there would be no way back; upgrade it`;
    if (number < 16_00_00) problems.push({ kind: "version", message });
  }
  return problems;
}

interface Settings {
  readonly level: string;
  readonly slots: number;
  readonly senders: number;
  readonly workers: number;
}

const settingsText = `select current_setting('wal_level') as level,
  current_setting('max_replication_slots')::int - (select count(*) from pg_replication_slots)::int as slots,
  current_setting('max_wal_senders')::int - (select count(*) from pg_stat_get_wal_senders())::int as senders,
  current_setting('max_logical_replication_workers')::int - (select count(pid) from pg_stat_get_subscription(null))::int as workers`;

/** Following takes a slot and a sender at one side and a worker at the other, and so does the way back; asking for a slot takes a sender. */
const needs = {
  one: { slots: 1, senders: 2, workers: 1 },
  both: { slots: 2, senders: 3, workers: 2 },
} as const;

async function replication(from: Hand, to: Hand | null): Promise<Problem[]> {
  const problems: Problem[] = [];
  const one = to !== null && at(from.side) === at(to.side);
  const sides = one ? [["both", from] as const] : [["one", from] as const, ["one", to] as const];
  for (const [which, hand] of sides) {
    if (hand === null) continue;
    const place = at(hand.side);
    if (!hand.superuser) {
      const message = `the login at ${place} is no superuser, which publishing a schema and subscribing to it need: give a superuser's URL, or move by copying (--copy), which holds calls`;
      problems.push({ kind: "rights", message });
      continue;
    }
    const has = (await hand.rows<Settings>(settingsText))[0]!;
    if (has.level !== "logical") {
      const message = `wal_level at ${place} is ${has.level}: run "alter system set wal_level = logical" there and restart it, or move by copying (--copy), which holds calls`;
      problems.push({ kind: "wal-level", message });
    }
    const settings = {
      slots: "max_replication_slots",
      senders: "max_wal_senders",
      workers: "max_logical_replication_workers",
    };
    for (const what of ["slots", "senders", "workers"] as const) {
      if (has[what] >= needs[which][what]) continue;
      const message = `${place} has ${has[what]} of its ${settings[what]} free, and the move needs ${needs[which][what]}: raise the setting and restart it, or finish other moves first`;
      problems.push({ kind: "room", message });
    }
  }
  return problems;
}

/** An earlier move, to or from a third place, may still have its way back open, under the names that this one uses. */
async function otherWays(from: Hand, to: Hand): Promise<Problem[]> {
  if (!from.superuser) return [];
  const { host, port } = to.side.address;
  const [row] = await from.rows<{ followed: boolean; follows: boolean }>(
    `select exists (select from pg_replication_slots where slot_name = $1 and active) as followed,
       exists (select from pg_subscription where subname = $2 and subconninfo !~ $3
         and subdbid = (select oid from pg_database where datname = current_database())) as follows`,
    [slotOf(from.side.address), slotOf(to.side.address), `host='${host}' port='${port}' `],
  );
  const { subscription } = await followingOf(from, to);
  if (!row!.follows && !(row!.followed && subscription === null)) return [];
  const message = `${at(from.side)} still exchanges changes of the module with another server, which keeps the way back of an earlier move open: finish that move first`;
  return [{ kind: "way-back", message }];
}

function replicable({ name, identity, unlogged }: Table): Problem[] {
  const problems: Problem[] = [];
  if (!identity)
    problems.push({
      kind: "no-key",
      message: `table "${name}" has no primary key, by which changes of its rows could be followed: add one, or "alter table ${name} replica identity full"`,
    });
  if (unlogged)
    problems.push({
      kind: "unlogged",
      message: `table "${name}" is unlogged, so its rows cannot be followed: "alter table ${name} set logged"`,
    });
  return problems;
}

function unguarded({ name, guarded }: Table): Problem[] {
  if (!guarded) return [];
  const message = `table "${name}" uses row-level security, by which a move closes tables: drop its policies and disable it`;
  return [{ kind: "row-security", message }];
}

/** Both sides must come to the same tables, and stay there while the move goes on. */
async function migrations({ module, definition }: Before, from: Hand): Promise<Problem[]> {
  const { schema } = from.side.address;
  const [there] = await from.rows<{ there: boolean }>(
    `select to_regclass($1) is not null and to_regclass($2) is not null as there`,
    [full(schema, "seamline_migrations"), full(schema, "seamline_steps")],
  );
  const wanted = Object.keys(definition.migrations).sort();
  const remedy = "start the module once with the version that is to move, so that its migrations run, then move it";
  if (!there!.there) {
    const message = `schema "${schema}" at ${at(from.side)} has no tables of module "${module}": ${remedy}`;
    return [{ kind: "migrations", message }];
  }
  const [done] = await from.rows<{ steps: number; names: string[] }>(
    `select (select count(*) from ${full(schema, "seamline_steps")})::int as steps,
       array(select name::text from ${full(schema, "seamline_migrations")}) as names`,
  );
  const names = done!.names.sort();
  if (done!.steps === ownSteps.length && JSON.stringify(names) === JSON.stringify(wanted)) return [];
  const message = `module "${module}" has ${names.length} migrations at ${at(from.side)} (last: ${names.at(-1) ?? "none"}) and ${wanted.length} in its code (last: ${wanted.at(-1) ?? "none"}): ${remedy}`;
  return [{ kind: "migrations", message }];
}

const bookkeeping = ["seamline_steps", "seamline_migrations", "seamline_migrations_lock"];

/** Rows at the target are removed by a move; they must be those of a former home. */
async function targetFree(to: Hand): Promise<Problem[]> {
  const { schema } = to.side.address;
  const [there] = await to.rows("select from pg_namespace where nspname = $1", [schema]);
  if (there === undefined) {
    const message = `database "${to.side.address.database}" at ${at(to.side)} has no schema "${schema}": provision the module there first`;
    return [{ kind: "no-schema", message }];
  }
  if ((await readRecord(to)) !== null) return [];
  for (const table of await tablesOf(to)) {
    if (bookkeeping.includes(table.name)) continue;
    const [row] = await to.rows(`select from ${table.full} limit 1`);
    if (row === undefined) continue;
    const message = `table "${table.name}" at the target ${at(to.side)} has rows, and nothing says that they were moved away: if they are not needed, drop the schema "${schema}" there and provision it again; else give another target`;
    return [{ kind: "foreign-rows", message }];
  }
  return [];
}

/** The rows are written twice, to the tables and to the log. A place that is not there yet will be beside the source's. */
async function disk(from: Hand, to: Hand | null, bytes: number): Promise<Problem[]> {
  const found = await roomOf(to ?? from);
  const needed = bytes * 2 + 64 * 1024 * 1024;
  if (found === null || found.freeBytes >= needed) return [];
  const { directory, freeBytes } = found;
  const where =
    to === null ? `beside ${directory}, where the target will be,` : `of the target ${at(to.side)} (${directory})`;
  const message = `the disk ${where} has ${megabytes(freeBytes)} free, and the move needs ${megabytes(needed)}: make room`;
  return [{ kind: "disk", message }];
}
