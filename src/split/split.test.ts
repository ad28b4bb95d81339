import assert from "node:assert/strict";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import pg from "pg";
import { long } from "../../test/suites/long.ts";
import type { SeamlineError } from "../contract/errors.ts";
import { finish, inspect, move } from "./move.ts";
import { preflight } from "./preflight.ts";
import type { Gate, Progress } from "./split.ts";
import {
  ask,
  askAsModule,
  checkAll,
  checkNothingLeft,
  freshBench,
  limits,
  sideBeside,
  type Bench,
} from "./testing/bench.ts";
import { until } from "./testing/servers.ts";
import { startWriters } from "./testing/writers.ts";

const codeOf = (error: unknown): string => (error as SeamlineError).code;

/** A transaction that stays open; ended by the call, or with the test. */
async function openTransaction(bench: Bench, side: 0 | 1, text: string): Promise<() => Promise<void>> {
  const { host, port, database, user, password, schema } = bench.sides[side].address;
  const client = new pg.Client({ host, port, database, user, password });
  client.on("error", () => {});
  await client.connect();
  await client.query(`set search_path to "${schema}"; begin; ${text}`);
  const end = (): Promise<void> => client.end();
  after(end);
  return end;
}

describe("a move of a module's data", () => {
  it("goes there and back under writers, who lose, repeat and misread nothing", async () => {
    const bench = await freshBench();
    const writers = startWriters(bench.sides[0].address, 4);
    for (let round = 0; round < 4; round += 1) {
      const report = await move(bench.options(round % 2 === 0 ? 0 : 1, { finish: round === 3 }));
      assert.deepEqual(report.verified?.differences, []);
      assert.equal(report.finished, round === 3);
      const before = writers.answered();
      await until(() => writers.answered() > before + 20, "writes after the move");
    }
    await writers.stop();
    await checkAll(bench, 0, writers);
    await checkNothingLeft(bench);
  });

  it("takes sequences, types, views and undelivered events along", async () => {
    const bench = await freshBench();
    await askAsModule(
      bench.sides[0],
      `select nextval('alone'), nextval('alone');
       insert into writers values ('a'); insert into writes (id, writer) values (gen_random_uuid(), 'a');
       insert into days values ('2025-05-05', 'past'), ('2026-05-05', 'now');
       insert into seamline_outbox (subscriber, key, id, event, payload, at, traceparent)
         select 'other', 'k', gen_random_uuid(), 'notes.added', n::text, now(), '' from generate_series(1, 100) n`,
    );
    const report = await move(bench.options(0));
    assert.deepEqual(report.verified?.differences, []);
    const [side] = [bench.sides[1]];
    const inserted = `insert into writes (id, writer) values (gen_random_uuid(), 'a') returning number::int, place`;
    assert.deepEqual(await askAsModule(side, inserted), [{ number: 2, place: 2 }]);
    const next = "select nextval('alone')::int as next, (select count(*) from latest)::int as seen";
    assert.deepEqual(await askAsModule(side, next), [{ next: 11, seen: 2 }]);
    assert.deepEqual(await askAsModule(side, "select note from days order by day"), [
      { note: "past" },
      { note: "now" },
    ]);
    const told = `insert into seamline_outbox (subscriber, key, id, event, payload, at, traceparent)
      values ('other', 'k', gen_random_uuid(), 'notes.added', '', now(), '') returning position::int`;
    assert.deepEqual(await askAsModule(side, told), [{ position: 101 }]);
  });

  it("empties what is empty by now, and passes over what was empty all the time", async () => {
    const bench = await freshBench();
    const counted =
      "select (select count(*) from writers)::int as writers, (select count(*) from writes)::int as writes";
    const there = async (from: 0 | 1): Promise<unknown> => {
      const { verified } = await move(bench.options(from));
      assert.deepEqual(verified?.differences, []);
      return (await askAsModule(bench.sides[from === 0 ? 1 : 0], counted))[0];
    };
    // Writes, which are empty, refer to writers.
    await askAsModule(bench.sides[0], "insert into writers values ('a')");
    assert.deepEqual(await there(0), { writers: 1, writes: 0 });
    await askAsModule(bench.sides[1], "insert into writes (id, writer) values (gen_random_uuid(), 'a')");
    assert.deepEqual(await there(1), { writers: 1, writes: 1 });
    await askAsModule(bench.sides[0], "delete from writes");
    assert.deepEqual(await there(0), { writers: 1, writes: 0 });
    await askAsModule(bench.sides[1], "delete from writers");
    assert.deepEqual(await there(1), { writers: 0, writes: 0 });
  });

  it("closes the old place for every statement, with the address of the new one", async () => {
    const bench = await freshBench();
    // A transaction that began before the move and still sees the old data must not write, nor read what is stale.
    await using late = await lateTransaction(bench);
    await move(bench.options(0));
    const { port } = bench.sides[1].address;
    const statements = [
      ...["select count(*) from writes", "update writers set total = 1"],
      ...["delete from writes where false", "insert into writers values ('late')", "truncate writes, writers"],
      ...["select * from latest", "update seamline_outbox set attempts = 1"],
    ];
    for (const statement of statements)
      await assert.rejects(askAsModule(bench.sides[0], statement), (error: pg.DatabaseError) => {
        assert.equal(error.code, "08SL1", statement);
        assert.equal(JSON.parse(error.detail!).port, port);
        assert.match(error.message, new RegExp(`has moved to 127.0.0.1:${port}/`));
        return true;
      });
    await assert.rejects(late.client.query("insert into writers values ('late')"), { code: "08SL1" });
    await assert.rejects(askAsModule(bench.sides[0], "create table more (a integer)"), { code: "42501" });
    await askAsModule(bench.sides[1], "create table more (a integer); drop table more");
    // The administrator cannot write there by mistake either.
    await assert.rejects(ask(bench.sides[0], "delete from writes"), { code: "08SL1" });
  });

  it("is quick to take back while replication goes on, and what was written since is there", async () => {
    const bench = await freshBench();
    await move(bench.options(0, { finish: false }));
    assert.deepEqual(await inspect(bench.options(0)), { at: "moved", replicating: true });
    for (const side of bench.sides) {
      const [kept] = await ask(side, "select subconninfo as by from pg_subscription");
      assert.match(kept!["by"] as string, /user='seamline_move_notes_/);
      const rights =
        "select rolsuper or rolcreaterole or rolcreatedb as more from pg_roles where rolname like $$seamline_move_%$$";
      assert.deepEqual(await ask(side, rights), [{ more: false }]);
    }
    await askAsModule(bench.sides[1], "insert into writers values ('there')");
    const seen: string[] = [];
    const report = ({ step, point }: Progress): void => void seen.push(`${step}.${point}`);
    await move(bench.options(1, { finish: false, report }));
    assert.ok(!seen.includes("copy.slot"), seen.join(" "));
    assert.deepEqual(await askAsModule(bench.sides[0], "select name from writers"), [{ name: "there" }]);
    await finish(bench.options(1));
    await checkNothingLeft(bench);
  });

  it("holds the gate from the lock to the opened target, and sends it on", async () => {
    const bench = await freshBench();
    const seen: string[] = [];
    const gate: Gate = {
      hold: async () => void seen.push("hold"),
      release: async () => void seen.push("release"),
      moveTo: async ({ port }) => void seen.push(`moveTo ${port === bench.sides[1].address.port}`),
    };
    const points = new Set(["locked", "closed", "opened"]);
    const report = ({ point }: Progress): void => void (points.has(point) && seen.push(point));
    await move(bench.options(0, { gate, report }));
    assert.deepEqual(seen, ["hold", "locked", "closed", "opened", "moveTo true"]);
  });

  it("gives up honestly before a long transaction, names it, and succeeds after it", async () => {
    const bench = await freshBench();
    const options = bench.options(0, { onFailure: "keep", limits: { ...limits, tries: 2, lockMs: 100 } });
    let end: (() => Promise<void>) | null = null;
    let releases = 0;
    const gate: Gate = {
      // Begun here, since making a slot waits for it too.
      hold: async () => void (end ??= await openTransaction(bench, 0, "insert into writers values ('long')")),
      release: async () => void (releases += 1),
      moveTo: async () => {},
    };
    const failure = await move({ ...options, gate }).catch((error: SeamlineError) => error);
    assert.equal(codeOf(failure), "move_stopped");
    assert.match((failure as Error).message, /2 tries.*process \d+ .*has a transaction open/);
    assert.equal(releases, 2);
    assert.equal((await inspect(options)).at, "prepared");
    await askAsModule(bench.sides[0], "insert into writers values ('meanwhile')");
    await end!();
    assert.deepEqual((await move(options)).verified?.differences, []);
  });

  it("is taken back when its tables are not what its migrations make, were changed meanwhile, or are being changed", async () => {
    const bench = await freshBench();
    await askAsModule(bench.sides[0], "create index late on writers (total)");
    const words = /not those that its migrations make \(only at the source: index late of writers\)/;
    await assert.rejects(move(bench.options(0)), { code: "move_undone", message: words });
    await askAsModule(bench.sides[0], "drop index late");
    const nothing = async (): Promise<void> => {};
    const hold = async (): Promise<void> =>
      void (await askAsModule(bench.sides[0], "create index later on writers (total)"));
    const changed = move(bench.options(0, { gate: { hold, release: nothing, moveTo: nothing } }));
    const why = /were changed at the source .*\(only at the source: index later of writers\)/;
    await assert.rejects(changed, { code: "move_undone", message: why });
    await checkNothingLeft(bench);
    const end = await openTransaction(bench, 0, "alter table writers add column more integer");
    const { problems } = await preflight(bench.options(0, { limits: { ...limits, answerMs: 5000 } }));
    assert.equal(problems[0]?.kind, "locked");
    assert.match(problems[0]!.message, /locked \(process \d+ .*has a transaction open/);
    await end();
  });

  it("names a transaction for whose end a slot would wait", { skip: !long && "long" }, async () => {
    const bench = await freshBench();
    await openTransaction(bench, 0, "insert into writers values ('long')");
    const words = /no replication slot could be made within 4000 ms \(process \d+ .*has a transaction open/;
    const slow = bench.options(0, { limits: { ...limits, answerMs: 4000 } });
    await assert.rejects(move(slow), { code: "move_undone", message: words });
  });

  it("is taken back when it is given up, and nothing is left", async () => {
    const bench = await freshBench();
    const stop = new AbortController();
    const report = ({ step, point }: Progress): void => {
      if (step === "reverse" && point === "subscription") stop.abort(new Error("changed my mind"));
    };
    const failure = await move(bench.options(0, { report, signal: stop.signal })).catch((error: unknown) => error);
    assert.equal(codeOf(failure), "move_undone");
    assert.match((failure as Error).message, /step "reverse": changed my mind/);
    assert.deepEqual(await inspect(bench.options(0)), { at: "none" });
    await checkNothingLeft(bench);
    await askAsModule(bench.sides[0], "insert into writers values ('still here')");
    await assert.rejects(askAsModule(bench.sides[1], "select from writers"), { code: "08SL1" });
  });

  it("is taken back from the middle of a large table", async () => {
    const bench = await freshBench();
    await askAsModule(bench.sides[0], "insert into writers select n::text, n from generate_series(1, 300000) n");
    const stop = new AbortController();
    let copied = 0;
    const report = ({ point, rows = 0 }: Progress): void => {
      if (point !== "progress") return;
      copied = rows;
      stop.abort(new Error("not now"));
    };
    const failure = await move(bench.options(0, { report, signal: stop.signal })).catch((error: unknown) => error);
    assert.match((failure as Error).message, /not now/);
    assert.ok(copied > 0 && copied < 300_000, String(copied));
    await checkNothingLeft(bench);
    const { verified } = await move(bench.options(0));
    assert.deepEqual(verified?.differences, []);
    assert.ok(verified!.rows >= 300_000);
  });

  it("is kept from beginning a second time, and its journal is gone at the end", async () => {
    const bench = await freshBench();
    const journal = join(await mkdtemp(join(tmpdir(), "seamline-move-")), "move.json");
    let second: unknown;
    let noted = "";
    const asked: Promise<unknown>[] = [];
    const report = ({ step, point }: Progress): void => {
      if (step === "copy" && point === "begun")
        asked.push(
          move(bench.options(0)).catch((error: unknown) => (second = error)),
          readFile(journal, "utf8").then((text) => (noted = text)),
        );
    };
    await move(bench.options(0, { journal, report }));
    await Promise.all(asked);
    // It waits a while for the end of an earlier mover: the first has ended by then, or it is refused.
    if (second !== undefined) assert.equal(codeOf(second), "move_refused");
    assert.equal(JSON.parse(noted).module, "notes");
    assert.ok(!noted.includes(new URL(bench.sides[0].adminUrl).password));
    await assert.rejects(readFile(journal), { code: "ENOENT" });
  });

  it("goes between databases of one server, but not while another move's way back is open", async () => {
    const bench = await freshBench();
    const beside = await sideBeside(bench.sides[1]);
    await move(bench.options(0, { finish: false }));
    const on = bench.options(1, { to: beside });
    await assert.rejects(move(on), /move_refused|finish that move first/);
    await finish(bench.options(0));
    await askAsModule(bench.sides[1], "insert into writers values ('on')");
    await move(on);
    assert.deepEqual(await askAsModule(beside, "select name from writers"), [{ name: "on" }]);
    await checkNothingLeft(bench);
    // From there to where it began, which believes that the data is at the second place.
    await move(bench.options(0, { from: beside, to: bench.sides[0] }));
    assert.deepEqual(await askAsModule(bench.sides[0], "select name from writers"), [{ name: "on" }]);
  });

  it("goes by copying where replication cannot be had, with a login that is no superuser", async () => {
    const bench = await freshBench(false);
    const writers = startWriters(bench.sides[0].address, 2);
    await until(() => writers.answered() > 20, "writes");
    for (const from of [0, 1] as const) {
      const report = await move(bench.options(from, { method: "copy" }));
      assert.deepEqual(report.verified?.differences, []);
      assert.ok(report.verified!.rows >= 20);
    }
    await writers.stop();
    await checkAll(bench, 0, writers);
    await checkNothingLeft(bench);
  });
});

async function lateTransaction(bench: Bench): Promise<{ client: pg.Client } & AsyncDisposable> {
  const { host, port, database, user, password, schema } = bench.sides[0].address;
  const client = new pg.Client({ host, port, database, user, password });
  client.on("error", () => {});
  await client.connect();
  await client.query(`set search_path to "${schema}"; begin isolation level repeatable read; select 1`);
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

describe("before anything is changed, a move is refused", () => {
  const refused = async (bench: Bench, kind: string, words: RegExp, more = {}): Promise<void> => {
    const found = await preflight(bench.options(0, more));
    const problem = found.problems.find((each) => each.kind === kind);
    assert.match(problem?.message ?? `no ${kind} in ${JSON.stringify(found.problems)}`, words);
    await assert.rejects(move(bench.options(0, more)), { code: "move_refused" });
  };

  it("to the same place, with migrations that have not run, from a table without key, or one that is unlogged", async () => {
    const bench = await freshBench();
    await refused(bench, "same-place", /give another target/, { to: bench.sides[0] });
    const migrations = { ...bench.options(0).definition.migrations, "003": { up: async () => {} } };
    await refused(bench, "migrations", /2 migrations .*3 in its code \(last: 003\)/, { definition: { migrations } });
    await askAsModule(bench.sides[0], "create table keyless (a int); create unlogged table fast (a int primary key)");
    await refused(bench, "no-key", /"keyless" has no primary key.*replica identity full/);
    await refused(bench, "unlogged", /alter table fast set logged/);
    await assert.rejects(askAsModule(bench.sides[1], "select from writers"), { code: "42P01" }, "nothing was changed");
  });

  it("onto rows that are somebody else's, or where the module has no place", async () => {
    const bench = await freshBench();
    await askAsModule(bench.sides[1], "create table writers (name text); insert into writers values ('stranger')");
    await refused(bench, "foreign-rows", /"writers" at the target .* has rows/);
    await ask(bench.sides[1], "drop schema notes cascade");
    await refused(bench, "no-schema", /provision the module there first/);
  });

  it("without the rights and settings that replication needs, for which copying is named", async () => {
    const bench = await freshBench(false);
    const problems = (await preflight(bench.options(0))).problems.filter(({ kind }) => kind === "rights");
    assert.equal(problems.length, 2);
    for (const { message } of problems) assert.match(message, /no superuser.*or move by copying/);
    assert.deepEqual((await preflight(bench.options(0, { method: "copy" }))).problems, []);
    const stranger = await freshBench(false);
    const [from, to] = [0, 1].map((index) => ({ ...bench.sides[index]!, adminUrl: stranger.sides[index]!.adminUrl }));
    await assert.rejects(preflight(bench.options(0, { from: from!, to: to! })), { code: "postgres_unreachable" });
  });
});
