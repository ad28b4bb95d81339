import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { everywhere, fails, type Running } from "../../board/testing.ts";
import { accounts, closedName } from "./contract.ts";

const password = "비가 오면 우산을 쓴다";
const wrong = "눈이 오면 장갑을 낀다";

/** A new user, signed in, and what they may call. */
async function join(running: Running, username: string) {
  const signedIn = await running.context.accounts.register({ username, password });
  const held = await running.context.accounts.verifySession({ token: signedIn.token });
  return { ...signedIn, clients: running.context.as(held!.identity) };
}

everywhere((running) => {
  test("who registers is signed in, and the token stands for them in every module", async () => {
    const { context, check } = running();
    const { user, token, session } = await context.accounts.register({ username: "홍길동", password });
    const held = await context.accounts.verifySession({ token });
    assert.deepEqual([held!.user, held!.session], [user, session]);
    assert.deepEqual(check(held!.identity), user);
    const clients = context.as(held!.identity);
    const post = await clients.board.createPost({ board: "free", title: "글", content: "글" });
    assert.deepEqual(post.author, { id: user.id, name: "홍길동" });
    assert.equal(await context.accounts.verifySession({ token: `${token}x` }), null);
  });

  test("a name is taken in every form of it, and some names are for nobody", async () => {
    const { context } = running();
    await context.accounts.register({ username: "Kim김", password });
    for (const username of ["kim김", "KIM김".normalize("NFD"), "관리자", "Admin_"]) {
      const name = username.normalize("NFC");
      const again = context.accounts.register({ username, password });
      await assert.rejects(again, fails(accounts.register, "taken", { username: name }));
    }
    for (const username of ["한", "빈 칸", "аdmin", "a".repeat(21)])
      await assert.rejects(context.accounts.register({ username, password }), { code: "invalid" });
  });

  test("a weak password is refused with the reason", async () => {
    const { context } = running();
    const register = (password: string) => context.accounts.register({ username: "약한자", password });
    await assert.rejects(register("짧다"), fails(accounts.register, "weakPassword", { reason: "tooShort" }));
    await assert.rejects(register("password1234"), fails(accounts.register, "weakPassword", { reason: "common" }));
    await assert.rejects(register("가나 ".repeat(50)), fails(accounts.register, "weakPassword", { reason: "tooLong" }));
  });

  test("a wrong password and an unknown name get the same answer", async () => {
    const { context } = running();
    await context.accounts.register({ username: "심청", password });
    assert.equal(await context.accounts.login({ username: "심청", password: wrong }), null);
    assert.equal(await context.accounts.login({ username: "없는이", password }), null);
    assert.equal((await context.accounts.login({ username: "심청", password }))?.user.name, "심청");
  });

  test("ten wrong passwords close a name for a while, and are remembered although the sign-in failed", async () => {
    const { context } = running();
    await context.accounts.register({ username: "잠김", password });
    for (let index = 0; index < 10; index++)
      assert.equal(await context.accounts.login({ username: "잠김", password: wrong }), null);
    await assert.rejects(
      context.accounts.login({ username: "잠김", password }),
      fails(accounts.login, "tooManyAttempts"),
    );
  });

  test("sessions are listed and ended one by one, all but one, and by signing out", async () => {
    const { context } = running();
    const { token, session, clients } = await join(running(), "여러기기");
    const others = [];
    for (const device of ["전화", "태블릿", "책상"])
      others.push((await context.accounts.login({ username: "여러기기", password, device }))!);
    const devices = (await clients.accounts.sessions()).map(({ device }) => device);
    assert.deepEqual(devices, ["책상", "태블릿", "전화", ""]);
    assert.deepEqual(await clients.accounts.endSessions({ ids: [others[0]!.session, randomUUIDv7()] }), { ended: 1 });
    assert.equal(await context.accounts.verifySession({ token: others[0]!.token }), null);
    assert.deepEqual(await clients.accounts.endSessions({ except: session }), { ended: 2 });
    await context.accounts.logout({ token });
    assert.equal(await context.accounts.verifySession({ token }), null);
    await assert.rejects(context.accounts.sessions(), fails(accounts.sessions, "signInNeeded"));
  });

  test("nobody ends another's sessions", async () => {
    const { context } = running();
    const victim = await join(running(), "피해자");
    const { clients } = await join(running(), "훼방꾼");
    assert.deepEqual(await clients.accounts.endSessions({ ids: [victim.session] }), { ended: 0 });
    assert.notEqual(await context.accounts.verifySession({ token: victim.token }), null);
  });

  test("a changed password ends the other sessions; a wrong current one changes nothing", async () => {
    const { context } = running();
    const { session, token, clients } = await join(running(), "바꾸는이");
    const other = (await context.accounts.login({ username: "바꾸는이", password }))!;
    const next = "새로 정한 긴 비밀번호 하나";
    const change = { next, except: session };
    assert.deepEqual(await clients.accounts.changePassword({ ...change, current: wrong }), { changed: false });
    assert.deepEqual(await clients.accounts.changePassword({ ...change, current: password }), { changed: true });
    assert.equal(await context.accounts.verifySession({ token: other.token }), null);
    assert.notEqual(await context.accounts.verifySession({ token }), null);
    assert.equal(await context.accounts.login({ username: "바꾸는이", password }), null);
    assert.notEqual(await context.accounts.login({ username: "바꾸는이", password: next }), null);
  });

  test("a new name reaches what was written; the old one stays reserved", async () => {
    const { context, settled } = running();
    const { user, clients } = await join(running(), "이몽룡");
    const { id, number } = await clients.board.createPost({ board: "free", title: "글", content: "글" });
    await clients.comments.add({ target: id, content: "말" });
    await clients.accounts.rename({ username: "몽룡" });
    await settled();
    const author = { id: user.id, name: "몽룡" };
    assert.deepEqual((await context.board.getPost({ number })).author, author);
    assert.deepEqual((await context.comments.list({ target: id })).comments[0]!.author, author);
    // The identity still has the old name; what is written with it has the new one.
    const later = await clients.board.createPost({ board: "free", title: "글", content: "글" });
    assert.deepEqual(later.author, author);
    assert.equal((await context.accounts.findByHandle({ handle: "이몽룡" }))?.name, "몽룡");
    const { clients: other } = await join(running(), "변사또");
    await assert.rejects(other.accounts.rename({ username: "이몽룡" }), fails(accounts.rename, "taken"));
  });

  test("who leaves is erased, and what they wrote stays without them", async () => {
    const { context, settled } = running();
    const { user, token, clients } = await join(running(), "떠나는이");
    const { id, number } = await clients.board.createPost({ board: "free", title: "글", content: "글" });
    await clients.comments.add({ target: id, content: "말" });
    assert.deepEqual(await clients.accounts.close({ password: wrong }), { closed: false });
    assert.deepEqual(await clients.accounts.close({ password }), { closed: true });
    await settled();
    const author = { id: null, name: closedName };
    assert.deepEqual((await context.board.getPost({ number })).author, author);
    assert.deepEqual((await context.comments.list({ target: id })).comments[0]!.author, author);
    assert.equal(await context.accounts.verifySession({ token }), null);
    assert.equal(await context.accounts.login({ username: "떠나는이", password }), null);
    assert.deepEqual(await context.accounts.getMany({ ids: [user.id] }), []);
    // An identity that was signed before lives a little longer, and is of no use.
    const write = clients.board.createPost({ board: "free", title: "글", content: "글" });
    await assert.rejects(write, { code: "forbidden", data: { reason: "accountClosed" } });
    const say = clients.comments.add({ target: id, content: "말" });
    await assert.rejects(say, { code: "forbidden", data: { reason: "accountClosed" } });
  });
});
