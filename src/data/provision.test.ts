import assert from "node:assert/strict";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:net";
import { test } from "node:test";
import pg from "pg";
import { fit, roleOf } from "./address.ts";
import type { StoreAddress } from "./data.ts";
import { checkServer, provision } from "./provision.ts";
import { startServer } from "./server.ts";
import { freshStores, testServer, throwAwayDirectory } from "./testing.ts";

async function ask(to: StoreAddress | string, ...statements: string[]): Promise<any[]> {
  const client = new pg.Client(typeof to === "string" ? { connectionString: to } : { ...to });
  client.on("error", () => {});
  try {
    await client.connect();
    let rows: any[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

const forbidden = { code: "42501" };
const options = { secret: "a secret", dataTopology: "pool-per-module", modules: ["board", "comments"] } as const;

test("a module creates and reads tables in its own schema without naming it", async () => {
  const { board } = await freshStores(["board"]);
  const rows = await ask(
    board,
    "create table posts (id int primary key)",
    "insert into posts values (1)",
    "table posts",
  );
  assert.deepEqual(rows, [{ id: 1 }]);
  assert.deepEqual(await ask(board, "select schemaname from pg_tables where tablename = 'posts'"), [
    { schemaname: "board" },
  ]);
});

test("a module cannot read, write or create in another's schema, in public, or elsewhere on the server", async () => {
  const { board, comments } = await freshStores(["board", "comments"]);
  await ask(board, "create table posts (id int)");
  const attempts = [
    "select * from board.posts",
    "insert into board.posts values (1)",
    "create table board.mine (id int)",
    "create table public.mine (id int)",
    "create schema mine",
    "create temporary table mine (id int)",
    "create role mine",
    "create database mine",
    `set role "${board.role}"`,
    `grant "${board.role}" to "${comments.role}"`,
    "drop schema comments",
    "revoke usage on schema board from public",
  ];
  for (const attempt of attempts.slice(0, -1)) await assert.rejects(ask(comments, attempt), forbidden, attempt);
  const { board: other } = await freshStores(["board"]);
  await assert.rejects(ask({ ...comments, database: other.database }, "select 1"), forbidden);
});

test("a database that our own server came with and one that is made are alike", async () => {
  const directory = await throwAwayDirectory();
  const server = await startServer({ directory, durable: false });
  try {
    for (const deployment of ["first", "second"])
      await provision({ ...options, deployment, adminUrl: server.adminUrl });
    const rows = await ask(
      server.adminUrl,
      `select datname, pg_encoding_to_char(encoding) as encoding, datlocprovider, datcollate, datctype, datlocale,
         datistemplate, datallowconn, datconnlimit, datcollversion, pg_get_userbyid(datdba) as owner,
         shobj_description(oid, 'pg_database') as comment, array_length(datacl, 1) as rights
       from pg_database where datname <> 'postgres' order by datname`,
    );
    assert.deepEqual(
      rows.map(({ datname }) => datname),
      ["first", "second", "template0"],
    );
    assert.deepEqual({ ...rows[0], datname: "second" }, rows[1]);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});

test("with a pool for each module, user and role are the module's and the pool has its name", async () => {
  const { board, comments } = await freshStores(["board", "comments"]);
  assert.equal(board.user, board.role);
  assert.deepEqual([board.pool, comments.pool], ["board", "comments"]);
  assert.notEqual(board.password, comments.password);
});

test("the shared pool's login has no right of its own, and becomes the module that it works for", async () => {
  const { board, comments } = await freshStores(["board", "comments"], "shared-pool");
  assert.equal(board.user, comments.user);
  assert.equal(board.pool, comments.pool);
  await assert.rejects(ask(board, "create table board.posts (id int)"), forbidden);
  const become = `set role "${board.role}"`;
  const rows = await ask(
    board,
    become,
    "create table board.posts (id int)",
    "select tableowner from pg_tables where tablename = 'posts'",
  );
  assert.deepEqual(rows, [{ tableowner: board.role }]);
  await assert.rejects(ask(comments, `set role "${comments.role}"`, "select * from board.posts"), forbidden);
});

test("provisioning again, many times at once, gives the same addresses and leaves the data", async () => {
  const { adminUrl } = await testServer();
  const again = { ...options, adminUrl, deployment: "again" };
  const results = await Promise.all(Array.from({ length: 6 }, () => provision(again)));
  for (const result of results) assert.deepEqual(result, results[0]);
  const { board } = results[0]!;
  await ask(board!, "create table posts (id int)");
  assert.deepEqual(await provision(again), results[0]);
  assert.deepEqual(await ask(board!, "table posts"), []);
});

test("deployments provisioned at once on one server do not meet", async () => {
  const { adminUrl } = await testServer();
  const names = ["left", "right", "third"];
  const all = await Promise.all(names.map((deployment) => provision({ ...options, adminUrl, deployment })));
  assert.equal(new Set(all.map(({ board }) => board!.role)).size, 3);
  assert.equal(new Set(all.map(({ board }) => board!.database)).size, 3);
  assert.equal(new Set(all.map(({ board }) => board!.password)).size, 3);
});

test("data of one topology is there in the next, and a module added later joins", async () => {
  const { adminUrl } = await testServer();
  const base = { ...options, adminUrl, deployment: "changing" };
  const shared = await provision({ ...base, dataTopology: "shared-pool", modules: ["board"] });
  await ask(shared.board!, `set role "${shared.board!.role}"`, "create table board.posts as select 7 as id");
  const each = await provision({ ...base, modules: ["board", "comments"] });
  assert.deepEqual(await ask(each.board!, "table posts"), [{ id: 7 }]);
  await ask(each.comments!, "create table mine (id int)");
});

test("a database that holds another deployment's modules is refused, untouched", async () => {
  const { adminUrl } = await testServer();
  const first = await provision({ ...options, adminUrl, deployment: "first", database: "claimed" });
  const second = provision({ ...options, adminUrl, deployment: "second", database: "claimed" });
  await assert.rejects(second, { code: "usage", message: /"claimed".*"board".*"second".*deployment first/ });
  await ask(first.board!, "create table posts (id int)");
});

test("names that PostgreSQL would cut stay apart", async () => {
  const { adminUrl } = await testServer();
  const long = "a".repeat(70);
  const modules = [`${long}-one`, `${long}-two`, "public"];
  const stores = await provision({ ...options, adminUrl, deployment: "긴 이름 \"'; --".repeat(4), modules });
  for (const module of modules) await ask(stores[module]!, "create table mine (id int)");
  const owners = await ask(
    stores[modules[0]!]!,
    "select distinct tableowner, schemaname from pg_tables where tablename = 'mine'",
  );
  assert.equal(owners.length, 3);
  for (const name of [fit("가".repeat(60)), fit(long), roleOf(long, long)])
    assert.ok(Buffer.byteLength(name) <= 63, name);
});

test("a password never reaches the server's statements", async () => {
  const { adminUrl } = await testServer();
  const { board } = await freshStores(["board"]);
  const [row] = await ask(adminUrl, `select rolpassword from pg_authid where rolname = '${board.role}'`);
  assert.match(row.rolpassword, /^SCRAM-SHA-256\$1:/);
});

test("a server that will do tells its version", async () => {
  const { adminUrl } = await testServer();
  assert.match((await checkServer(adminUrl)).version, /^18\.\d+$/);
});

test("an unreachable server, a wrong password and a wrong URL are told without the password", async () => {
  const { adminUrl, port } = await testServer();
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port: free } = closed.address() as { port: number };
  await new Promise((resolve) => closed.close(resolve));
  const wrong = new URL(adminUrl);
  wrong.password = "hunter2";
  const cases = [
    [`postgres://someone:hunter2@127.0.0.1:${free}/x`, "postgres_unreachable", `127.0.0.1:${free}`],
    [wrong.href, "postgres_unreachable", `127.0.0.1:${port}`],
    ["mysql://someone:hunter2@127.0.0.1/x", "usage", "postgres://"],
    ["hunter2", "usage", "postgres://"],
  ] as const;
  for (const [url, code, part] of cases)
    await assert.rejects(checkServer(url), (error: any) => {
      assert.equal(error.code, code);
      assert.ok(error.message.includes(part), error.message);
      assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes("hunter2"));
      return true;
    });
});

test("a login that may not create roles is told which right it lacks and how to get it", async () => {
  const { adminUrl } = await testServer();
  await ask(adminUrl, "create role weak login password 'weak'");
  const url = new URL(adminUrl);
  url.username = "weak";
  url.password = "weak";
  await assert.rejects(checkServer(url.href), {
    code: "postgres_rights",
    message: /alter role "weak" createrole createdb/,
  });
  await assert.rejects(provision({ ...options, adminUrl: url.href, deployment: "weak" }), { code: "postgres_rights" });
  await ask(adminUrl, "alter role weak createrole createdb");
  await checkServer(url.href);
  const stores = await provision({ ...options, adminUrl: url.href, deployment: "weak", dataTopology: "shared-pool" });
  await ask(stores.board!, `set role "${stores.board!.role}"`, "create table board.posts (id int)");
  assert.deepEqual(
    await provision({ ...options, adminUrl: url.href, deployment: "weak", dataTopology: "shared-pool" }),
    stores,
  );
});

test("a server older than 16 is refused with its version", async (t) => {
  const { adminUrl } = await testServer();
  // An old server speaks the same protocol: this one only says another version to a client that asks.
  await ask(adminUrl, "create role old login superuser password 'old'");
  const url = new URL(adminUrl);
  url.username = "old";
  url.password = "old";
  await ask(adminUrl, "create schema if not exists old_server");
  await ask(
    adminUrl,
    `create function old_server.current_setting(text) returns text language sql as $$ select '150009' $$`,
    `alter role old set search_path = old_server, pg_catalog`,
  );
  t.after(() => ask(adminUrl, "drop schema old_server cascade").then(() => {}));
  await assert.rejects(checkServer(url.href), { code: "postgres_too_old", message: /is 15\.9; .* 16 or newer/ });
});
