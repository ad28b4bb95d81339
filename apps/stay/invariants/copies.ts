import type { Invariant, InvariantAccess, Violation } from "seamline";
import { byIds, countOf, foundBy, idsOf, pagesOf, type Row } from "./read.ts";

/** That what one module knows of another is so, and that nothing that was promised is gone. */

export const copies: Invariant = {
  id: "I7",
  says: {
    en: "what modules keep of others' data, and what they count, is what its owner has",
    ko: "모듈이 다른 모듈에 대해 기억하고 센 것은 주인이 가진 것과 같다",
  },
  quiescent: true,
  async run(access) {
    const violations: Violation[] = [];
    const [rebuild] = await access.sql("search", "select running from rebuilds");
    if (rebuild!["running"]) access.progress("search is being filled anew; it is not compared");
    let checked = 0;
    const columns = "author_id, state, units, title, nightly, version";
    for await (const rows of pagesOf(access, "listings", "listings", columns)) {
      checked += rows.length;
      const ids = idsOf(rows);
      const open = await byIds(access, "availability", "listings", "host_id, open, units", ids);
      const found = await byIds(access, "search", "documents", "shown, title, (own ->> 'price')::int as price", ids);
      for (const row of rows) {
        differ(violations, "availability", row["id"], toOpen(row), open.get(row["id"]));
        if (!rebuild!["running"]) differ(violations, "search", row["id"], toFound(row), found.get(row["id"]));
      }
    }
    for await (const rows of pagesOf(access, "search", "documents", "kind", "shown and kind = 'listing'")) {
      const known = await byIds(access, "listings", "listings", "state", idsOf(rows));
      for (const { id } of rows) if (!known.has(id)) violations.push({ id, what: { search: "found", listing: null } });
    }
    const bytes = await foundBy(
      access,
      "media",
      `select id, size as counted, kept from pictures join (
         select picture as id, sum(length(bytes))::int as kept from drawings group by picture
       ) as drawn using (id) where size <> kept order by id`,
    );
    return { checked, violations: [...violations, ...bytes] };
  },
};

/** What availability must know of a listing; null: nothing, for nobody has published it yet. */
function toOpen({ author_id, state, units }: Row): Row | null {
  return state === "draft" ? null : { host_id: author_id, open: state === "published", units };
}

/** What search must know of it; null: it must not be found. */
function toFound({ state, title, nightly }: Row): Row | null {
  return state === "published" ? { shown: true, title, price: nightly } : null;
}

function differ(violations: Violation[], where: string, id: string, right: Row | null, kept: Row | undefined): void {
  if (right === null) {
    if (kept?.["open"] || kept?.["shown"]) violations.push({ id, what: { where, right: null, kept } });
    return;
  }
  const wrong = Object.keys(right).filter((key) => right[key] !== (kept?.[key] ?? null));
  if (wrong.length > 0) violations.push({ id, what: { where, right, kept: kept ?? null } });
}

/** Things that were told to somebody as done. */
export interface Acknowledged {
  readonly module: string;
  readonly table: string;
  readonly id: string;
  /** Columns that were told with it, as text. */
  readonly has?: Readonly<Record<string, string>>;
}

/** Every acknowledged write can be read: those of the log that are not there, or not as they were told. */
export async function lostOf(log: readonly Acknowledged[], access: Pick<InvariantAccess, "sql">): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { module, table, id, has = {} } of log) {
    const columns = Object.keys(has).map((column) => `"${column}"::text`);
    const [row] = await access.sql(module, `select ${["id", ...columns].join(", ")} from ${table} where id = $1`, [id]);
    const wrong = Object.keys(has).filter((column) => row?.[column] !== has[column]);
    if (row === undefined || wrong.length > 0)
      violations.push({ id, what: { module, table, told: has, row: row ?? null } });
  }
  return violations;
}

/** From where to where a thing points: each that is there means that the other was written before. */
const pointers = [
  { from: ["bookings", "bookings", "id", "state in ('confirmed', 'completed')"], to: ["payments", "payments", "id"] },
  { from: ["bookings", "bookings", "id", "state = 'completed'"], to: ["reviews", "stays", "id"] },
  { from: ["bookings", "bookings", "listing", "true"], to: ["listings", "listings", "id"] },
  { from: ["bookings", "bookings", "guest_id", "guest_id is not null"], to: ["accounts", "users", "id"] },
  { from: ["listings", "listings", "author_id", "author_id is not null"], to: ["accounts", "users", "id"] },
  { from: ["reviews", "stays", "id", "true"], to: ["bookings", "bookings", "id"] },
  { from: ["reviews", "reviews", "listing", "true"], to: ["listings", "listings", "id"] },
] as const;

/**
 * A write that was lost leaves what others wrote because of it. Whether a write that nothing points to is lost only those
 * know who were told of it: see `lostOf`.
 */
export const kept: Invariant = {
  id: "I8",
  says: {
    en: "nothing that others rely on is lost",
    ko: "다른 모듈이 믿고 있는 기록은 사라지지 않는다",
  },
  kind: "orphan",
  quiescent: true,
  async run(access) {
    const violations: Violation[] = [];
    for (const { from, to } of pointers) {
      const [module, table, column, where] = from;
      const [owner, owned, id] = to;
      for await (const rows of pagesOf(access, module, table, `${column} as target`, where)) {
        const there = await byIds(
          access,
          owner,
          owned,
          "true as there",
          [...new Set(rows.map(({ target }) => target))],
          id,
        );
        for (const { id: source, target } of rows)
          if (!there.has(target))
            violations.push({
              id: target,
              what: { lost: `${owner}.${owned}`, reliedOnBy: `${module}.${table} ${source}` },
            });
      }
    }
    return { checked: await countOf(access, "bookings", "bookings"), violations };
  },
};
