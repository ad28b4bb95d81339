import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { after, before, test } from "node:test";
import type { Kysely } from "kysely";
import type { ModuleStore } from "../../../src/data/data.ts";
import { openStore } from "../../../src/data/store.ts";
import { freshStores } from "../../../src/data/testing.ts";
import { count, forgive, newAccount, waitSeconds, wrongPassword } from "./limits.ts";
import { tables, type Tables } from "./migrations.ts";
import { holderOf, startSession, touch } from "./sessions.ts";

/** What depends on time, on a real store and with the time given. */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const start = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(start + ms);
const unlimited = { deadline: Infinity, signal: null };

let store: ModuleStore;
before(async () => {
  const { accounts } = await freshStores(["accounts"]);
  const options = { definition: tables, address: accounts, guards: "guarded", subscribers: {}, warn() {} } as const;
  store = await openStore({ module: "accounts", ...options });
});
after(() => store?.close(Infinity));

async function write<T>(work: (store: Kysely<Tables>) => Promise<T>): Promise<T> {
  let result: T | undefined;
  await store.command(null, unlimited, async (unit) => {
    result = await work(unit.store);
    return "";
  });
  return result as T;
}

const read = (): Kysely<Tables> => store.reader(unlimited);

async function newUser(): Promise<string> {
  const id = randomUUIDv7();
  const user = { id, name: id, password: "x", roles: [], created_at: at(0), closed_at: null };
  await write((store) => store.insertInto("users").values(user).execute());
  return id;
}

test("a session ends when it is idle for 14 days, and use puts that off", async () => {
  const user = await newUser();
  const { token, expiresAt } = await write((store) => startSession(store, user, "", at(0)));
  assert.deepEqual(expiresAt, at(14 * dayMs));
  assert.equal((await holderOf(read(), token, at(14 * dayMs - 1)))?.user.id, user);
  assert.equal(await holderOf(read(), token, at(14 * dayMs)), null);
  await write((store) => touch(store, token, at(10 * dayMs)));
  assert.equal((await holderOf(read(), token, at(20 * dayMs)))?.user.id, user);
});

test("a session ends after 30 days, however much it is used", async () => {
  const { token } = await write(async (store) => startSession(store, await newUser(), "", at(0)));
  for (const day of [10, 20, 29]) await write((store) => touch(store, token, at(day * dayMs)));
  assert.deepEqual((await holderOf(read(), token, at(29.5 * dayMs)))?.expiresAt, at(30 * dayMs));
  assert.equal(await holderOf(read(), token, at(30 * dayMs)), null);
});

test("use is noted at most once in five minutes, and never wakes a dead session", async () => {
  const { token } = await write(async (store) => startSession(store, await newUser(), "", at(0)));
  await write((store) => touch(store, token, at(4 * minuteMs)));
  assert.deepEqual((await holderOf(read(), token, at(5 * minuteMs)))?.seenAt, at(0));
  await write((store) => touch(store, token, at(6 * minuteMs)));
  assert.deepEqual((await holderOf(read(), token, at(7 * minuteMs)))?.seenAt, at(6 * minuteMs));
  await write((store) => touch(store, token, at(15 * dayMs)));
  assert.equal(await holderOf(read(), token, at(15 * dayMs)), null);
});

test("a user's dead and surplus sessions go when another starts", async () => {
  const user = await newUser();
  const tokens: string[] = [];
  for (let index = 0; index < 22; index++)
    tokens.push((await write((store) => startSession(store, user, "", at(index)))).token);
  const held = await Promise.all(tokens.map((token) => holderOf(read(), token, at(100))));
  assert.deepEqual(
    held.map((holder) => holder !== null),
    tokens.map((_, index) => index >= 2),
  );
  await write((store) => startSession(store, user, "", at(40 * dayMs)));
  const rows = await read().selectFrom("sessions").select("id").where("user_id", "=", user).execute();
  assert.equal(rows.length, 1);
});

test("the token itself is nowhere in the store", async () => {
  const { token } = await write(async (store) => startSession(store, await newUser(), "", at(0)));
  const rows = await read().selectFrom("sessions").selectAll().execute();
  assert.ok(!JSON.stringify(rows.map((row) => ({ ...row, hash: row.token_hash.toString("latin1") }))).includes(token));
});

test("ten wrong passwords for a name within a quarter of an hour close it until the first is that old", async () => {
  const counted = wrongPassword("잠긴이", undefined);
  for (let index = 0; index < 10; index++) {
    assert.equal(await waitSeconds(read(), counted, at(index * minuteMs)), 0);
    await write((store) => count(store, counted, at(index * minuteMs)));
  }
  assert.equal(await waitSeconds(read(), counted, at(9 * minuteMs)), 6 * 60);
  assert.equal(await waitSeconds(read(), counted, at(15 * minuteMs)), 0);
  assert.equal(await waitSeconds(read(), wrongPassword("다른이", undefined), at(9 * minuteMs)), 0);
  await write((store) => forgive(store, counted));
  assert.equal(await waitSeconds(read(), counted, at(9 * minuteMs)), 0);
});

test("an address is counted over all names, and the right password for one does not clear it", async () => {
  const address = "192.0.2.1";
  for (let index = 0; index < 100; index++)
    await write((store) => count(store, wrongPassword(`이름${index}`, address), at(0)));
  await write((store) => forgive(store, wrongPassword("이름1", address)));
  assert.equal(await waitSeconds(read(), wrongPassword("새이름", address), at(minuteMs)), 14 * 60);
  assert.equal(await waitSeconds(read(), wrongPassword("새이름", "192.0.2.2"), at(minuteMs)), 0);
  assert.equal(await waitSeconds(read(), newAccount(address), at(minuteMs)), 0);
});

test("attempts that no limit looks at any more are forgotten", async () => {
  await write((store) => count(store, newAccount("192.0.2.3"), at(0)));
  await write((store) => count(store, newAccount("192.0.2.4"), at(61 * minuteMs)));
  const rows = await read().selectFrom("attempts").select("at").execute();
  assert.deepEqual(
    rows.map((row) => row.at),
    [at(61 * minuteMs)],
  );
});
