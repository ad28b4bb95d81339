import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { checkTicket, comesFromHere, issueTicket, safeNext } from "./guard.ts";

const secret = randomBytes(32);
const now = new Date("2026-11-22T00:00:00Z");
const later = (hours: number): Date => new Date(now.getTime() + hours * 3_600_000);

test("a form token is good for its own visitor, and carries the form's key", () => {
  const ticket = issueTicket(secret, "visitor", now);
  assert.deepEqual(checkTicket(secret, "visitor", later(11), ticket.token), { state: "good", key: ticket.key });
});

test("each form gets a key of its own, and a repeated try keeps its key", () => {
  assert.notEqual(issueTicket(secret, "visitor", now).key, issueTicket(secret, "visitor", now).key);
  const first = issueTicket(secret, "visitor", now);
  assert.equal(issueTicket(secret, "visitor", later(1), first.key).key, first.key);
});

test("a form token of another visitor, deployment or making is refused", () => {
  const { token } = issueTicket(secret, "visitor", now);
  const state = (binding: string, value: unknown, with_ = secret): string =>
    checkTicket(with_, binding, now, value).state;
  assert.equal(state("somebody else", token), "forged");
  assert.equal(state("", token), "forged");
  assert.equal(state("visitor", token, randomBytes(32)), "forged");
  for (const value of [undefined, "", "a.b.c", [token], `${token}x`, token.replace(/^./, "!"), token.slice(0, -1)])
    assert.equal(state("visitor", value), "forged");
  const [key, expiry, mac] = token.split(".") as [string, string, string];
  assert.equal(state("visitor", `${key}.${expiry}0.${mac}`), "forged");
  assert.equal(state("visitor", `${key.replace(/^./, key.startsWith("A") ? "B" : "A")}.${expiry}.${mac}`), "forged");
});

test("an empty binding never signs a usable token", () => {
  assert.equal(checkTicket(secret, "", now, issueTicket(secret, "", now).token).state, "forged");
});

test("an old form token is expired, not forged", () => {
  assert.equal(checkTicket(secret, "visitor", later(13), issueTicket(secret, "visitor", now).token).state, "expired");
});

test("only our own pages may change something", () => {
  const host = "board.test:8000";
  const allowed = [
    { host, "sec-fetch-site": "same-origin" },
    { host, "sec-fetch-site": "none" },
    { host, origin: "http://board.test:8000" },
    { host, origin: "https://BOARD.test:8000" },
    { host },
  ];
  const refused = [
    { host, "sec-fetch-site": "cross-site" },
    { host, "sec-fetch-site": "same-site" },
    { host, "sec-fetch-site": "cross-site", origin: "http://board.test:8000" },
    { host, origin: "http://board.test:9000" },
    { host, origin: "http://evil.test" },
    { host, origin: "null" },
    { host, origin: "" },
  ];
  for (const headers of allowed) assert.equal(comesFromHere(headers), true, JSON.stringify(headers));
  for (const headers of refused) assert.equal(comesFromHere(headers), false, JSON.stringify(headers));
});

test("after signing in a visitor stays on this site", () => {
  for (const good of ["/", "/board", "/board/3?page=2#comments", "/board/new"])
    assert.equal(safeNext(good, "/start"), good);
  const bad = [
    ...["//evil.test", "/\\evil.test", "\\/evil.test", "https://evil.test", "javascript:alert(1)", "board", ""],
    ...["/\t/evil.test", "/\n/evil.test", "/%0a/../\\evil.test", "/.//evil.test", "/x/..//evil.test", " /board"],
    ...[undefined, ["/board"], `/${"a".repeat(600)}`],
  ];
  for (const value of bad) assert.equal(safeNext(value, "/start"), "/start", JSON.stringify(value));
});
