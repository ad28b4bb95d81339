import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import pg from "pg";
import { everywhere, fails, somebody, type Running } from "../../board/testing.ts";
import { accounts } from "./contract.ts";

const password = "비가 오면 우산을 쓴다";
const dayMs = 86_400_000;
/** Tests move the clock by days; this is ahead of it at the end of all of them. */
const later = new Date(Date.now() + 100 * dayMs).toISOString();

async function join({ context, as }: Running, username: string) {
  const { user, token } = await context.accounts.register({ username, password });
  return { user, token, accounts: () => as(user).accounts };
}

/** The first admin of a deployment is one by its data; all others are made by admins. */
async function joinAsAdmin(running: Running, username: string) {
  const joined = await join(running, username);
  const { schema, ...address } = running.stores["accounts"]!;
  const client = new pg.Client(address);
  await client.connect();
  await client.query(`update ${schema}.users set roles = '{admin}' where id = $1`, [joined.user.id]);
  await client.end();
  return joined;
}

everywhere((running) => {
  test("an admin makes an admin, who makes others, until the role is taken back", async () => {
    const { context } = running();
    const first = await joinAsAdmin(running(), "첫관리");
    const second = await join(running(), "둘째관리");
    const third = await join(running(), "셋째");
    const role = { role: "admin", granted: true } as const;
    const made = await first.accounts().setRole({ user: second.user.id, ...role });
    assert.deepEqual(made, { ...second.user, roles: ["admin"] });
    assert.deepEqual((await context.accounts.verifySession({ token: second.token }))!.user, made);
    await second.accounts().setRole({ user: third.user.id, ...role });
    await second.accounts().setRole({ user: third.user.id, ...role });
    assert.deepEqual(await context.accounts.getMany({ ids: [third.user.id] }), [{ ...third.user, roles: ["admin"] }]);

    await first.accounts().setRole({ user: second.user.id, role: "admin", granted: false });
    // The identity may still say that they are one.
    const asBefore = running()
      .as(made)
      .accounts.setRole({ user: second.user.id, ...role });
    await assert.rejects(asBefore, fails(accounts.setRole, "forbidden", { reason: "adminsOnly" }));
    assert.deepEqual((await context.accounts.verifySession({ token: second.token }))!.user.roles, []);
  });

  test("of two admins who dismiss each other at once one remains", async () => {
    const { context } = running();
    const [one, two] = [await joinAsAdmin(running(), "맞수하나"), await joinAsAdmin(running(), "맞수둘")];
    const dismiss = { role: "admin", granted: false } as const;
    const outcomes = await Promise.allSettled([
      one.accounts().setRole({ user: two.user.id, ...dismiss }),
      two.accounts().setRole({ user: one.user.id, ...dismiss }),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const left = await context.accounts.getMany({ ids: [one.user.id, two.user.id] });
    assert.equal(left.filter(({ roles }) => roles.includes("admin")).length, 1);
  });

  test("nobody else gives roles or keeps people out, and no admin does it to themselves", async () => {
    const { context, as } = running();
    const admin = await joinAsAdmin(running(), "그관리자");
    const { user, accounts: own } = await join(running(), "그회원");
    const change = { user: user.id, role: "admin", granted: true } as const;
    const suspension = { user: user.id, until: later };
    const pretender = as(somebody("가짜", "admin")).accounts;
    const cases = [
      [context.accounts, user.id, "signIn"],
      [own(), user.id, "adminsOnly"],
      [pretender, user.id, "adminsOnly"],
      [admin.accounts(), admin.user.id, "oneself"],
      [admin.accounts(), admin.user.id.toUpperCase(), "oneself"],
    ] as const;
    for (const [clients, id, reason] of cases) {
      const refused = { reason };
      const setRole = clients.setRole({ ...change, user: id });
      await assert.rejects(setRole, fails(accounts.setRole, "forbidden", refused));
      const suspend = clients.suspend({ ...suspension, user: id });
      await assert.rejects(suspend, fails(accounts.suspend, "forbidden", refused));
    }
    const nobody = admin.accounts().suspend({ user: randomUUIDv7(), until: later });
    await assert.rejects(nobody, fails(accounts.suspend, "notFound"));
  });

  test("who is suspended is signed out, hears why with the right password only, and is in again in time", async () => {
    const { context, moveClock } = running();
    const admin = await joinAsAdmin(running(), "막는이");
    const { user, token } = await join(running(), "막힌이");
    const until = new Date(Date.now() + 3 * dayMs).toISOString();
    await admin.accounts().suspend({ user: user.id, until });
    assert.equal(await context.accounts.verifySession({ token }), null);
    const login = (word: string) => context.accounts.login({ username: "막힌이", password: word });
    assert.equal(await login("눈이 오면 장갑을 낀다"), null);
    await assert.rejects(login(password), fails(accounts.login, "suspended", { until }));
    await moveClock(4 * dayMs);
    assert.equal((await login(password))?.user.id, user.id);
  });

  test("a suspension is taken back by a time that has passed; a session that began meanwhile stays", async () => {
    const { context } = running();
    const admin = await joinAsAdmin(running(), "푸는이");
    const { user } = await join(running(), "풀린이");
    await admin.accounts().suspend({ user: user.id, until: later });
    await admin.accounts().suspend({ user: user.id, until: new Date(0).toISOString() });
    const back = await context.accounts.login({ username: "풀린이", password });
    await admin.accounts().suspend({ user: user.id, until: new Date(0).toISOString() });
    assert.equal((await context.accounts.verifySession({ token: back!.token }))?.user.id, user.id);
  });
});
