import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { availability } from "../apps/stay/availability/contract.ts";
import { addDays, todayAt } from "../apps/stay/dates.ts";
import { find } from "../apps/stay/find.ts";
import { amenities } from "../apps/stay/listings/contract.ts";
import { places, placeSlugs } from "../apps/stay/places.ts";
import { search } from "../apps/shared/search/contract.ts";
import { putAll, type Document } from "../apps/shared/search/documents.ts";
import { article, title } from "../apps/shared/seed/korean.ts";
import { Random } from "../apps/shared/seed/random.ts";
import { chmodOpen } from "../src/data/cluster.ts";
import type { StoreAddress } from "../src/data/data.ts";
import { provision } from "../src/data/provision.ts";
import { startServer } from "../src/data/server.ts";
import { keepKeys } from "../src/deploy/keys.ts";
import { startProcess } from "../src/kernel/process.ts";
import { app as defineApp } from "../src/module/app.ts";
import { loadGraph } from "../src/module/graph.ts";
import { pages, type PageContext } from "../src/module/pages.ts";
import { topology } from "../src/topology/topology.ts";

/**
 * How long it takes to find a free house: `npm run bench -- search [--listings N] [--nights N] [--rounds N]`.
 *
 * Real PostgreSQL with everything durable, 5,000 houses with Korean texts and 200,000 nights of which something is taken.
 * Each round asks for houses of a place, for some guests, in a range of prices, the cheapest first: 200 candidates from
 * search, then which of them are free from availability; also the same for the words of a query. Each question is another.
 * Times are those of joined calls, so they are what the modules take, with everything that a call costs.
 */

const { values: flags } = parseArgs({
  options: {
    listings: { type: "string", default: "5000" },
    nights: { type: "string", default: "200000" },
    rounds: { type: "string", default: "500" },
  },
});
const [houses, nights, rounds] = [Number(flags.listings), Number(flags.nights), Number(flags.rounds)];
if (![houses, nights, rounds].every((count) => Number.isInteger(count) && count > 0))
  throw new Error("usage: search [--listings N] [--nights N] [--rounds N], whole numbers above 0");

const candidates = 200;
const words = ["바다", "제주", "도서관 근처", "자전거", "강아지", "한강공원", "칼", "겨울 바다"];
const today = todayAt(new Date());
const random = new Random("bench-search");

type Clients = PageContext<{ search: typeof search; availability: typeof availability }>;

function house(index: number): Document {
  const place = random.pick(placeSlugs);
  const has = amenities.filter(() => random.chance(0.4));
  return {
    id: random.uuid(Date.UTC(2026, 0, 1) + index * 1000),
    version: 1,
    title: title(random),
    text: article(random),
    words: Object.values(places[place]),
    tags: [`place:${place}`, ...has.map((amenity) => `amenity:${amenity}`)],
    numbers: {
      price: 30_000 + random.below(300) * 1000,
      capacity: 1 + random.below(8),
      rating: random.below(500) / 100,
    },
  };
}

/** Fills both modules' tables as their own events would have; availability's rows are the same for every house. */
async function fill(stores: Record<string, StoreAddress>): Promise<void> {
  const made = Array.from({ length: houses }, (_, index) => house(index));
  await using index = open(stores["search"]!);
  for (let at = 0; at < made.length; at += 200) await putAll(index.db, "listing", made.slice(at, at + 200));
  await sql`vacuum analyze documents`.execute(index.db);
  await using free = open(stores["availability"]!);
  await sql`insert into listings (id, units, open, version)
    select id, 1 + (n % 20 = 0)::int * 3, true, 1 from unnest(${made.map(({ id }) => id)}::uuid[]) with ordinality as house (id, n)`.execute(
    free.db,
  );
  await sql`insert into nights (listing, night, taken, capacity)
    select listings.id, ${today}::date + night, case when random() < 0.9 then units else 1 end, units
    from listings, lateral (
      select night from generate_series(0, 364) as night where listings.id is not null
      order by random() limit ${Math.round(nights / houses)}
    ) as few`.execute(free.db);
  await sql`vacuum analyze nights`.execute(free.db);
  await sql`analyze listings`.execute(free.db);
}

function open({ host, port, database, user, password, schema }: StoreAddress) {
  const pool = new pg.Pool({ host, port, database, user, password, options: `-c search_path=${schema}` });
  const db = new Kysely<any>({ dialect: new PostgresDialect({ pool }) });
  return { db, [Symbol.asyncDispose]: () => db.destroy() };
}

interface Row {
  readonly name: string;
  readonly ms: number[];
}

async function timed<T>(row: Row, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await work();
  row.ms.push(performance.now() - start);
  return value;
}

async function measure(context: () => Clients): Promise<Row[]> {
  const named = (name: string): Row => ({ name, ms: [] });
  const rows = {
    search: named(`search: ${candidates} candidates of a place, cheapest first`),
    filter: named(`availability: which of them are free`),
    both: named("both steps"),
    words: named(`search: ${candidates} candidates by words`),
    page: named("a page of 20 free houses, as the site asks for it"),
  };
  // A tenth more rounds than are counted: the first find cold caches and code.
  for (let round = -rounds / 10; round < rounds; round++) {
    const counts =
      round >= 0
        ? rows
        : { ...rows, search: named(""), filter: named(""), both: named(""), words: named(""), page: named("") };
    const [from, min] = [addDays(today, 1 + random.below(300)), 30_000 + random.below(100) * 1000];
    const dates = { from, to: addDays(from, 1 + random.below(7)) };
    const [place, guests] = [random.pick(placeSlugs), 1 + random.below(4)];
    const price = { min, max: min + 150_000 };
    await timed(counts.both, async () => {
      const tags = [`place:${place}`];
      const ranges = { price, capacity: { min: guests } };
      const asked = { kind: "listing", tags, ranges, sort: "price", limit: candidates };
      const { ids } = await timed(counts.search, () => context().search.candidates(asked));
      await timed(counts.filter, () => context().availability.filter({ listings: ids, ...dates }));
    });
    const asked = { kind: "listing", q: random.pick(words), limit: candidates };
    await timed(counts.words, () => context().search.candidates(asked));
    await timed(counts.page, () => find(context(), { place, guests, price, dates, sort: "price" }));
  }
  return Object.values(rows);
}

function report(rows: readonly Row[]): void {
  const node = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${process.platform}`;
  console.log(`${node}; ${houses} houses, ${nights} nights, ${rounds} rounds; ms\n`);
  console.log(`${"".padEnd(58)} ${"p50".padStart(7)} ${"p95".padStart(7)} ${"most".padStart(7)}`);
  for (const { name, ms } of rows) {
    const sorted = ms.toSorted((a, b) => a - b);
    const at = (share: number): string => sorted[Math.ceil(sorted.length * share) - 1]!.toFixed(1).padStart(7);
    console.log(`${name.padEnd(58)} ${at(0.5)} ${at(0.95)} ${at(1)}`);
  }
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const directory = await mkdtemp(join(tmpdir(), "seamline-bench-"));
await using undo = new AsyncDisposableStack();
undo.defer(() => rm(directory, { recursive: true, force: true }));
await chmodOpen(directory);
await mkdir(join(directory, "postgres"));
const server = await startServer({ directory: join(directory, "postgres") });
undo.defer(() => server.stop());

const asker = pages("edge", { uses: { search, availability }, plugin() {} });
const app = defineApp("stay", {
  modules: {
    availability: () => import("../apps/stay/availability/availability.ts"),
    listings: () => import("../apps/stay/listings/listings.ts"),
    search: () => import("../apps/stay/search.ts"),
  },
  pages: { edge: () => Promise.resolve({ default: asker }) },
});
const graph = await loadGraph(app);
const { adminUrl } = server;
const stores = await provision({
  ...{ adminUrl, deployment: "bench", secret: directory, modules: graph.stores, dataTopology: "pool-per-module" },
});
const running = await startProcess(
  app,
  {
    deployment: "bench",
    process: "bench",
    replica: 0,
    app: "",
    topology: topology({ processes: { bench: { modules: [...graph.stores, "edge"], port: 0 } } }),
    graph,
    listen: null,
    port: null,
    stores,
    ...(await keepKeys(directory)),
    directory,
  },
  { endpoints: {}, ports: {}, clockOffsetMs: 0 },
  { log: silent, health() {}, detect: "off" },
);
undo.defer(() => running.drain(1000));
const { signal } = new AbortController();
const context = (): Clients =>
  running.context("edge", { deadlineMs: 10_000, signal, traceparent: "", degraded() {} }) as Clients;
// The first rebuild finds no houses, and would take away those that are filled in below it.
const tooLong = Date.now() + 30_000;
while ((await context().search.rebuild()).state === "running") {
  if (Date.now() > tooLong) throw new Error("search is still looking for houses after 30 s");
  await new Promise((resolve) => setTimeout(resolve, 50));
}
await fill(stores);
report(await measure(context));
