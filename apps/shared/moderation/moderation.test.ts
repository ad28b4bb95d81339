import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { everywhere, fails, somebody, type Running } from "../../stay/testing.ts";
import { closedName } from "../accounts/contract.ts";
import { moderation } from "./contract.ts";

const password = "비가 오면 우산을 쓴다";

/** Something to report. */
function thing(title = "거짓 후기") {
  const id = randomUUIDv7();
  return { kind: "review", id, title, link: `/listings/${id}#reviews` };
}

/** Every open report. */
async function queueOf(running: Running) {
  const { moderation } = running.as(somebody("운영", "admin"));
  const { reports, pages } = await moderation.queue({});
  for (let page = 2; page <= pages; page++) reports.push(...(await moderation.queue({ page })).reports);
  return reports;
}

await everywhere(["moderation"], ["accounts", "notify"], (running) => {
  test("reporting twice while the first is open is reporting once", async () => {
    const target = thing();
    const { moderation } = running().as(somebody("신고자"));
    const first = await moderation.report({ target, reason: "false", content: "가지도 않은 사람이다" });
    const second = await moderation.report({ target, reason: "spam" });
    assert.deepEqual(second, first);
    const mine = await moderation.status();
    assert.deepEqual(
      mine.map(({ id, target, state }) => ({ id, target, state })),
      [{ id: first.report, target, state: "open" }],
    );
  });

  test("many who report at once are each heard, and shown as reports of one thing", async () => {
    const target = thing("모두가 신고한 것");
    const reporters = ["갑", "을", "병"].map((name) => somebody(name));
    await Promise.all(reporters.map((person) => running().as(person).moderation.report({ target, reason: "abuse" })));
    const about = (await queueOf(running())).filter((report) => report.target.id === target.id);
    assert.deepEqual(about.map(({ reporter }) => reporter.name).sort(), ["갑", "병", "을"]);
    assert.deepEqual(
      about.map(({ alike }) => alike),
      [3, 3, 3],
    );
  });

  test("nobody reports without signing in, what cannot be reported, or with a link that leads elsewhere", async () => {
    const target = thing();
    const { context, as } = running();
    await assert.rejects(
      context.moderation.report({ target, reason: "spam" }),
      fails(moderation.report, "forbidden", { reason: "signIn" }),
    );
    const signedIn = as(somebody("신고자")).moderation;
    await assert.rejects(
      signedIn.report({ target: { ...target, kind: "weather" }, reason: "spam" }),
      fails(moderation.report, "unknownKind", { kind: "weather", known: ["listing", "review"] }),
    );
    for (const link of ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "listings"])
      await assert.rejects(signedIn.report({ target: { ...target, link }, reason: "spam" }), { code: "invalid" });
    assert.deepEqual(await signedIn.status(), []);
  });

  test("who reports very much waits", async () => {
    const { moderation: eager } = running().as(somebody("부지런이"));
    for (let index = 0; index < 20; index++) await eager.report({ target: thing(), reason: "spam" });
    const next = () => eager.report({ target: thing(), reason: "spam" });
    await assert.rejects(next(), fails(moderation.report, "tooOften"));
    await running().moveClock(600_001);
    await next();
  });

  test("only admins see the queue and decide", async () => {
    const { context, as } = running();
    const member = as(somebody("회원")).moderation;
    const { report } = await member.report({ target: thing(), reason: "spam" });
    const because = "까닭";
    const until = new Date(Date.now() + 1e9).toISOString();
    const refused = [
      [moderation.queue, () => member.queue({})],
      [moderation.assign, () => member.assign({ report })],
      [moderation.decide, () => member.decide({ report, decision: "hide", because })],
      [moderation.restore, () => member.restore({ target: thing(), because })],
      [moderation.sanction, () => member.sanction({ user: randomUUIDv7(), name: "아무개", until, because })],
    ] as const;
    for (const [operation, call] of refused)
      await assert.rejects(call(), fails(operation, "forbidden", { reason: "adminsOnly" }));
    await assert.rejects(context.moderation.queue({}), fails(moderation.queue, "forbidden", { reason: "signIn" }));
  });

  test("a decision answers all open reports of the thing, is public without the reporters, and is told", async () => {
    const { context, as, settled } = running();
    const target = thing("가려질 후기");
    const [one, two] = [somebody("첫신고"), somebody("둘째신고")];
    const { report } = await as(one).moderation.report({ target, reason: "false" });
    await as(two).moderation.report({ target, reason: "abuse" });
    const admin = somebody("운영자하나", "admin");
    const taken = await as(admin).moderation.assign({ report });
    assert.deepEqual([taken.state, taken.assignee], ["assigned", { id: admin.id, name: admin.name }]);
    const decided = await as(admin).moderation.decide({ report, decision: "hide", because: "묵은 적이 없음" });
    assert.deepEqual([decided.state, decided.alike], ["resolved", 0]);
    await assert.rejects(
      as(admin).moderation.decide({ report, decision: "reject", because: "마음이 바뀜" }),
      fails(moderation.decide, "decided", { state: "resolved" }),
    );
    for (const person of [one, two]) assert.equal((await as(person).moderation.status())[0]!.state, "resolved");

    const { decisions } = await context.moderation.log({});
    const entries = decisions.filter((entry) => entry.target.id === target.id);
    assert.deepEqual(
      entries.map(({ decision, because, by }) => [decision, because, by.name]),
      [["hidden", "묵은 적이 없음", admin.name]],
    );
    assert.doesNotMatch(JSON.stringify(decisions), /첫신고|둘째신고/);

    await settled();
    for (const person of [one, two]) {
      const { notes } = await as(person).notify.list({});
      assert.deepEqual(
        notes.map(({ type, data }) => [type, data]),
        [["reportResolved", { title: target.title }]],
      );
    }
    // The thing may be reported again, after which there is something open again.
    await as(one).moderation.report({ target, reason: "spam" });
    const open = (await queueOf(running())).filter((entry) => entry.target.id === target.id);
    assert.deepEqual(
      open.map(({ reporter }) => reporter.id),
      [one.id],
    );
  });

  test("two admins who decide at once: one decides", async () => {
    const { as, context } = running();
    const target = thing();
    const { report } = await as(somebody("신고자")).moderation.report({ target, reason: "spam" });
    const decide = (name: string, decision: "hide" | "reject") =>
      as(somebody(name, "admin")).moderation.decide({ report, decision, because: name });
    const outcomes = await Promise.allSettled([decide("하나", "hide"), decide("둘", "reject")]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    const { decisions } = await context.moderation.log({});
    assert.equal(decisions.filter((entry) => entry.target.id === target.id).length, 1);
  });

  test("what is hidden is restored once, and what is not hidden not at all", async () => {
    const { as, context } = running();
    const target = thing();
    const { report } = await as(somebody("신고자")).moderation.report({ target, reason: "other" });
    const { moderation: admin } = as(somebody("운영", "admin"));
    await admin.restore({ target, because: "가린 적 없음" });
    await admin.decide({ report, decision: "hide", because: "가림" });
    await admin.restore({ target, because: "잘못 가림" });
    await admin.restore({ target, because: "다시" });
    const { decisions } = await context.moderation.log({});
    const about = decisions.filter((entry) => entry.target.id === target.id);
    assert.deepEqual(
      about.map(({ decision, because }) => [decision, because]),
      [
        ["restored", "잘못 가림"],
        ["hidden", "가림"],
      ],
    );
  });

  test("who is sanctioned is out until then, with nothing to say how the password was checked", async () => {
    const { as, context, settled, moveClock } = running();
    const username = `제재${Math.random().toString(36).slice(2, 8)}`;
    const { user, token } = await context.accounts.register({ username, password });
    const admin = somebody("운영", "admin");
    const until = new Date(Date.now() + 10 * 86_400_000).toISOString();
    await as(admin).moderation.sanction({ user: user.id, name: user.name, until, because: "되풀이된 욕설" });
    await settled();
    assert.equal(await context.accounts.verifySession({ token }), null);
    assert.equal(await context.accounts.login({ username, password: "눈이 오면 장갑을 낀다" }), null);
    await assert.rejects(context.accounts.login({ username, password }), { code: "suspended", data: { until } });
    await assert.rejects(
      as(admin).moderation.sanction({ user: admin.id, name: admin.name, until, because: "나" }),
      fails(moderation.sanction, "forbidden", { reason: "oneself" }),
    );
    await moveClock(10 * 86_400_000);
    const back = (await context.accounts.login({ username, password }))!;
    const { notes } = await as(back.user).notify.list({});
    assert.deepEqual(
      notes.map(({ type, data }) => [type, data]),
      [["userSanctioned", { until }]],
    );
  });

  test("who leaves is not named any more, neither as reporter nor in the log", async () => {
    const { as, context, settled } = running();
    const username = `떠남${Math.random().toString(36).slice(2, 8)}`;
    const { user } = await context.accounts.register({ username, password });
    const { moderation: admin } = as(somebody("운영", "admin"));
    const { report } = await as(user).moderation.report({ target: thing(), reason: "spam" });
    const until = new Date(0).toISOString();
    await admin.sanction({ user: user.id, name: username, until, because: "경고" });
    await as(user).accounts.close({ password });
    await settled();
    const reports = await queueOf(running());
    assert.deepEqual(reports.find(({ id }) => id === report)!.reporter, { id: null, name: closedName });
    const { decisions } = await context.moderation.log({});
    assert.equal(decisions.find(({ target }) => target.id === user.id)!.target.title, closedName);
    const late = as(user).moderation.report({ target: thing(), reason: "spam" });
    await assert.rejects(late, fails(moderation.report, "forbidden", { reason: "accountClosed" }));
  });
});
