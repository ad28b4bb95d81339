import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Topology } from "seamline";
import board from "../../apps/board/app.ts";
import { monolith } from "../../src/topology/topology.ts";
import { bringUp, isAlive, slackMs, until, type Deployed } from "../suites/deployed.ts";
import { ask, Visitor, type Answer } from "../suites/visitor.ts";

/** What people see of the board while its processes and its databases are killed and frozen. */

const appUrl = import.meta.resolve("../../apps/board/app.ts");
/** What a page may take: its requests' deadline. */
const pageMs = 5000;

/** A page's end, whatever it is; fails when there is none in time. */
async function endOfPage(page: Promise<Answer>): Promise<Answer> {
  const giveUp = new AbortController();
  const late = sleep(pageMs + slackMs, null, { signal: giveUp.signal }).catch(() => null);
  const end = await Promise.race([page, late]);
  giveUp.abort();
  assert.ok(end, "the page did not come in time");
  return end;
}

function showsComments(page: Answer): boolean {
  return page.status === 200 && page.degraded.length === 0 && !page.text.includes("comments-unavailable");
}

function saysCommentsAreAway({ status, text, degraded }: Answer): void {
  assert.equal(status, 200);
  assert.ok(degraded.includes("comments"), `x-degraded: ${degraded.join(", ")}`);
  assert.match(text, /id="comments-unavailable"[^>]*>(Comments are|Comment counts are) unavailable/);
}

describe("the board as microservices", () => {
  let up: Deployed;
  let member: Visitor;
  let post = "";
  const stranger = new Visitor(() => up.url("board-web"));

  before(async () => {
    const { processes, ...rest } = board.topologies["microservices"] as Topology;
    // 0: any free port, which a process then keeps for all its lives.
    const here = {
      ...processes,
      web: { ...processes["web"]!, port: 0 },
      board: { ...processes["board"]!, port: 0 },
    };
    up = await bringUp({ app: board, appUrl, topology: { ...rest, processes: here }, durable: true });
    member = new Visitor(() => up.url("board-web"));
    await member.signUp("Anna");
    post = await member.write("before every fault");
    assert.equal((await member.submit(post, `${post}/comments`, { content: "a first word" })).status, 303);
  });
  after(() => up?.stop());

  test("a killed comments process leaves posts to be read with a notice and the comment box off with its reason, and comes back", async () => {
    const others = { ...up.pids(), "comments#0": 0 };
    const { killed, release } = up.keepDown("comments#0");
    const [list, one, own] = await Promise.all([stranger.get("/board"), stranger.get(post), member.get(post)]);
    for (const page of [list!, one!, own!]) saysCommentsAreAway(page);
    assert.match(list!.text, /before every fault/);
    assert.match(one!.text, /content of before every fault/);
    assert.match(own!.text, /id="comment-box-off">[^<]*comments/i);
    assert.match(own!.text, /<textarea[^>]*disabled/);
    release();
    await up.isBack("comments#0", killed);
    await until("comments are shown again", async () => showsComments(await stranger.get(post)));
    assert.match((await stranger.get(post)).text, /a first word/);
    assert.equal((await member.submit(post, `${post}/comments`, { content: "said after a kill" })).status, 303);
    assert.match((await stranger.get(post)).text, /said after a kill/);
    assert.deepEqual({ ...up.pids(), "comments#0": 0 }, others);
  });

  test("a frozen comments process costs a page a deadline, then nothing because it is withdrawn, and serves again", async () => {
    const thaw = up.freeze("comments#0");
    const pages = await Promise.all([member.get(post), stranger.get("/board"), member.get(post)].map(endOfPage));
    for (const page of pages) saysCommentsAreAway(page);
    assert.match(pages[0]!.text, /content of before every fault/);

    // While it stays frozen: withdrawn from the directory, so that nobody waits for it any more.
    await until("it is withdrawn", () => up.deployment.endpoints().endpoints["comments"]!.length === 0);
    assert.equal(up.process("comments#0").state, "frozen");
    saysCommentsAreAway(await endOfPage(stranger.get(post)));

    const { pid } = up.process("comments#0");
    thaw();
    await until("comments are shown again", async () => showsComments(await stranger.get(post)));
    assert.equal(up.process("comments#0").pid, pid);
    assert.equal((await member.submit(post, `${post}/comments`, { content: "said after a frost" })).status, 303);
  });

  test("a killed accounts process leaves reading as it was and the login page saying so, and comes back", async () => {
    const { killed, release } = up.keepDown("accounts#0");
    const [login, list, signedIn] = await Promise.all(
      [stranger.get("/login"), stranger.get(post), member.get(post)].map(endOfPage),
    );
    assert.equal(login!.status, 200);
    assert.match(login!.text, /id="accounts-unavailable"[^>]*>Signing in is not possible right now/);
    assert.deepEqual([list!.status, list!.degraded], [200, []]);
    // Somebody who was signed in a moment ago stays so.
    assert.equal(signedIn!.status, 200);
    assert.match(signedIn!.text, /Anna/);
    release();
    await up.isBack("accounts#0", killed);
    await until("the login page is as before", async () => (await stranger.get("/login")).degraded.length === 0);
    const other = new Visitor(() => up.url("board-web"));
    const password = "a quiet long evening";
    assert.equal((await other.submit("/login", "/login", { username: "Anna", password })).status, 303);
  });

  test("a killed board process is told as unavailable, never as an empty list, and comes back on its port", async () => {
    const list = `${up.url("board")}/board_list`;
    const { killed, release } = up.keepDown("board#0");
    const [home, login, pages] = await Promise.all(
      [stranger.get("/"), stranger.get("/login"), stranger.get("/board")].map(endOfPage),
    );
    await assert.rejects(ask(list), { code: "ECONNREFUSED" });
    assert.deepEqual([home!.status, login!.status, pages!.status], [200, 200, 503]);
    assert.match(pages!.text, /id="board-unavailable"[^]*The board is unavailable for a moment/);
    assert.doesNotMatch(pages!.text, /id="posts"|No posts/);
    release();
    await up.isBack("board#0", killed);
    const answer = await ask(list);
    assert.deepEqual([answer.status, answer.headers["content-type"]], [200, "application/json; charset=utf-8"]);
    assert.ok((JSON.parse(answer.text) as unknown[]).length >= 4);
    await until("the list is shown again", async () => (await stranger.get("/board")).status === 200);
  });

  test("a killed database server takes its module alone along, and both come back with every acknowledged post", async () => {
    const pids = up.pids();
    const last = await member.write("acknowledged just before the kill");
    const killed = up.killDatabase("board");
    const [list, home, login] = await Promise.all(
      [stranger.get("/board"), stranger.get("/"), stranger.get("/login")].map(endOfPage),
    );
    if (list!.status !== 503) assert.match(list!.text, /acknowledged just before the kill/);
    assert.deepEqual([home!.status, login!.status], [200, 200]);
    await up.databaseIsBack("board", killed);
    await until("the list is shown again", async () => (await stranger.get("/board")).status === 200);
    assert.match((await stranger.get(last)).text, /content of acknowledged just before the kill/);
    await member.write("written after the kill");
    assert.deepEqual(up.pids(), pids);
  });

  test("a frozen database server is told in time, and its module goes on when it does", async () => {
    const pids = up.pids();
    const thaw = up.freezeDatabase("board");
    const [list, home, login] = await Promise.all(
      [stranger.get("/board"), stranger.get("/"), stranger.get("/login")].map(endOfPage),
    );
    assert.deepEqual([list!.status, home!.status, login!.status], [503, 200, 200]);
    const api = await endOfPage(new Visitor(() => up.url("board")).get("/api/posts"));
    assert.ok([503, 504].includes(api.status), `status ${api.status}`);
    thaw();
    await until("the list is shown again", async () => (await stranger.get("/board")).status === 200);
    await member.write("written after the frost");
    assert.deepEqual(up.pids(), pids);
  });

  test("restarting the comments process under readers fails none of them", async () => {
    const killed = up.pid("comments#0");
    const answers: Answer[] = [];
    let going = true;
    const readers = [post, "/board", post].map(async (path) => {
      while (going) answers.push(await endOfPage(stranger.get(path)));
    });
    await up.deployment.restart("comments");
    await up.isBack("comments#0", killed);
    const from = answers.length;
    await until("some more were read", () => answers.length > from + 5);
    going = false;
    await Promise.all(readers);
    for (const answer of answers) if (!showsComments(answer)) saysCommentsAreAway(answer);
    assert.equal(isAlive(killed), false);
    assert.ok(showsComments(await stranger.get(post)));
  });

  test("SIGTERM lets the pages' process finish what is in hand", async () => {
    const killed = up.pid("web#0");
    const thaw = up.freeze("comments#0");
    // These wait for the frozen process while theirs is told to leave.
    const pages = [1, 2, 3, 4].map(() => stranger.get(post));
    // The process takes connections in their order, so those are in its hands when this one is answered.
    await stranger.get("/");
    process.kill(killed, "SIGTERM");
    for (const page of await Promise.all(pages.map(endOfPage))) saysCommentsAreAway(page);
    thaw();
    await up.isBack("web#0", killed);
    await until("comments are shown again", async () => showsComments(await stranger.get(post)));
  });
});

describe("the board as a monolith", () => {
  let up: Deployed;
  const visitor = new Visitor(() => up.url("board-web"));

  before(async () => {
    const shape = monolith(board);
    const processes = { board: { ...shape.processes["board"]!, port: 0 } };
    up = await bringUp({ app: board, appUrl, topology: { ...shape, processes }, durable: true });
    await visitor.signUp("Beate");
  });
  after(() => up?.stop());

  for (const fault of ["killed", "frozen"] as const)
    test(`a ${fault} database server leaves the process, which says so, and goes on with all that it acknowledged`, async () => {
      const pids = up.pids();
      const post = await visitor.write(`acknowledged before it was ${fault}`);
      const kill = (): (() => void) => (up.killDatabase("main"), () => {});
      const { pid } = up.database("main");
      const thaw = fault === "killed" ? kill() : up.freezeDatabase("main");
      const [home, list, one] = await Promise.all(
        [ask(`${up.url("board-web")}/`), ask(`${up.url("board-web")}/board`), visitor.get(post)].map(endOfPage),
      );
      assert.equal(home!.status, 200);
      for (const page of [list!, one!])
        if (fault === "frozen" || page.status !== 200) {
          assert.equal(page.status, 503);
          assert.match(page.text, /unavailable/);
        }
      thaw();
      if (fault === "killed") await up.databaseIsBack("main", pid!);
      await until("the post is shown again", async () => (await visitor.get(post)).status === 200);
      assert.match((await visitor.get(post)).text, new RegExp(`content of acknowledged before it was ${fault}`));
      await visitor.write(`written after it was ${fault}`);
      assert.deepEqual(up.pids(), pids);
    });
});
