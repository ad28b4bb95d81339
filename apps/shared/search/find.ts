import { sql, type RawBuilder } from "kysely";
import type { Input, ReadStore } from "seamline";
import { Id } from "../text.ts";
import type { Hit, search } from "./contract.ts";
import { figure, type Tables } from "./migrations.ts";
import { fold, snippetOf, wantedBy, type Wanted } from "./words.ts";

/** Looks things up. Answers go on where the last one ended: after its figure and id, whatever came or went meanwhile. */

type Asked = Input<typeof search.search>;

/** After which figure and id of which order. */
interface Cursor {
  readonly figure: number;
  readonly id: string;
}

const cursorPattern = /^(?<sort>[^~]+)~(?<figure>[^~]+)~(?<id>[0-9a-f-]{36})$/;

interface Order {
  /** null: by id alone, which grows with time. */
  readonly figure: RawBuilder<number> | null;
  readonly descending: boolean;
}

export function sortsOf(numbers: readonly string[]): string[] {
  return ["newest", ...numbers.flatMap((name) => [name, `-${name}`])];
}

function orderOf(sort: string): Order {
  if (sort === "newest") return { figure: null, descending: true };
  const descending = sort.startsWith("-");
  return { figure: figure(descending ? sort.slice(1) : sort), descending };
}

/** undefined: it is none, or of another order. */
export function cursorFrom(text: string, sort: string): Cursor | undefined {
  const { groups } = cursorPattern.exec(text) ?? {};
  const figure = Number(groups?.["figure"]);
  if (groups?.["sort"] !== sort || !Number.isFinite(figure) || !Id.safeParse(groups["id"]).success) return undefined;
  return { figure, id: groups["id"]! };
}

/** Every hit has one, so it is cheap to make. */
function cursorTo(sort: string, { figure, id }: Cursor): string {
  return `${sort}~${figure}~${id}`;
}

/** @param asked its `kind` and `sort` are known ones */
export async function find(
  store: ReadStore<Tables>,
  asked: Asked,
  after: Cursor | undefined,
): Promise<{ hits: Hit[]; next: string | null }> {
  const { q, sort, limit } = asked;
  const wanted = wantedBy(q);
  const fitting = fittingTo(store, asked, wanted, after);
  if (!fitting) return { hits: [], next: null };
  const rows = await fitting
    .select(["title", "numbers"])
    .$if(wanted !== null, (query) => query.select("body"))
    .execute();
  const hits = rows.slice(0, limit).map((row) => ({
    id: row.id,
    ...shownOf(row.title, row.body ?? "", wanted),
    numbers: row.numbers,
    cursor: cursorTo(sort, row),
  }));
  return { hits, next: rows.length > limit ? hits.at(-1)!.cursor : null };
}

/** As `find`, and no more of them than their ids. */
export async function findIds(
  store: ReadStore<Tables>,
  asked: Asked,
  after: Cursor | undefined,
): Promise<{ ids: string[]; cursors: string[]; next: string | null }> {
  const { q, sort, limit } = asked;
  const rows = (await fittingTo(store, asked, wantedBy(q), after)?.execute()) ?? [];
  const found = rows.slice(0, limit);
  const cursors = found.map((row) => cursorTo(sort, row));
  return { ids: found.map(({ id }) => id), cursors, next: rows.length > limit ? cursors.at(-1)! : null };
}

/** One more than `limit`, in their order. null: nothing but marks was asked for, which is not the same as everything. */
function fittingTo(store: ReadStore<Tables>, asked: Asked, wanted: Wanted | null, after: Cursor | undefined) {
  const { kind, q, tags, ranges, sort, limit } = asked;
  if (wanted === null && q.trim() !== "") return null;
  const order = orderOf(sort);
  const direction = order.descending ? "desc" : "asc";
  const beyond = sql.raw(order.descending ? "<" : ">");
  return store
    .selectFrom("documents")
    .select(["id", (order.figure ?? sql<number>`0`).as("figure")])
    .where("shown", "=", true)
    .where(sql<boolean>`kind = ${sql.lit(kind)}`)
    .$if(wanted !== null, (query) => query.where(fits("words", wanted!)))
    .$if(tags.length > 0, (query) => query.where(sql<boolean>`tags @> ${tags}::text[]`))
    .where((eb) => eb.and(Object.entries(ranges).flatMap(([name, range]) => within(name, range))))
    .$if(after !== undefined, (query) =>
      query.where(
        order.figure
          ? sql<boolean>`(${order.figure}, id) ${beyond} (${after!.figure}::float8, ${after!.id}::uuid)`
          : sql<boolean>`id ${beyond} ${after!.id}::uuid`,
      ),
    )
    .$if(order.figure !== null, (query) => query.orderBy(order.figure!, direction))
    .orderBy("id", direction)
    .limit(limit + 1);
}

function within(name: string, { min, max }: { min?: number; max?: number }): RawBuilder<boolean>[] {
  return [
    ...(min === undefined ? [] : [sql<boolean>`${figure(name)} >= ${min}`]),
    ...(max === undefined ? [] : [sql<boolean>`${figure(name)} <= ${max}`]),
  ];
}

function fits(column: "words" | "title_words", { query, loose }: Wanted): RawBuilder<boolean> {
  const found = sql<boolean>`${sql.ref(column)} @@ ${query}::tsquery`;
  const text = column === "words" ? sql`folded` : sql`lower(title)`;
  return sql<boolean>`${sql.join([found, ...loose.map((term) => sql`strpos(${text}, ${term}) > 0`)], sql` and `)}`;
}

function shownOf(title: string, body: string, wanted: Wanted | null): Pick<Hit, "title" | "titleMatches" | "snippet"> {
  if (wanted === null) return { title, titleMatches: [], snippet: null };
  return { title, titleMatches: wanted.matchesIn(title), snippet: snippetOf(body, wanted.matchesIn(body)) };
}

const suggestions = 8;

/** Titles with what was typed in them, those that begin with it first, then the newest. */
export async function suggest(
  store: ReadStore<Tables>,
  kind: string,
  q: string,
): Promise<{ id: string; title: string }[]> {
  const wanted = wantedBy(q);
  if (wanted === null) return [];
  const typed = fold(q.normalize("NFC").trim());
  return await store
    .selectFrom("documents")
    .select(["id", "title"])
    .where("shown", "=", true)
    .where("kind", "=", kind)
    .where(fits("title_words", wanted))
    .orderBy(sql`starts_with(lower(title), ${typed})`, "desc")
    .orderBy("id", "desc")
    .limit(suggestions)
    .execute();
}
