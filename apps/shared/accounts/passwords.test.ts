import assert from "node:assert/strict";
import { test } from "node:test";
import { commonPasswords } from "./common-passwords.ts";
import { hashPassword, hashPatiently, verifyPassword, weaknessOf } from "./passwords.ts";

test("length is counted in code points, after composing", () => {
  assert.equal(weaknessOf("가나사다라마바사아", "민수"), "tooShort");
  assert.equal(weaknessOf("가나사다라마바사아차".normalize("NFD"), "민수"), null);
  assert.equal(weaknessOf("😀".repeat(4) + "🦊🐼🐨🐸🐵", "민수"), "tooShort");
  assert.equal(weaknessOf("x y".repeat(43), "민수"), "tooLong");
  assert.equal(weaknessOf("ab cd".repeat(25) + "xyz", "민수"), null);
});

test("what attackers try first is refused, whatever the case", () => {
  for (const password of ["password123", "Password123", "QWERTYuiop", "1q2w3e4r5t", "dkssudgktpdy", "iloveyou2024"])
    assert.equal(weaknessOf(password, "민수"), "common", password);
  assert.equal(weaknessOf("1111111111", "민수"), "common");
  assert.equal(weaknessOf("abababababab", "민수"), "common");
  assert.equal(weaknessOf("비가 오면 우산을", "민수"), "tooShort");
  assert.equal(weaknessOf("비가 오면 우산을 쓴다", "민수"), null);
});

test("the list holds nothing that its length rule would refuse anyway", () => {
  assert.ok(commonPasswords.size > 3000);
  for (const password of commonPasswords) assert.ok(Array.from(password).length >= 10, password);
});

test("a password that is little more than the name is refused", () => {
  assert.equal(weaknessOf("honggildong1", "HongGildong"), "likeName");
  assert.equal(weaknessOf("honggildong walks home", "HongGildong"), null);
});

test("a hash fits its own password in any normal form, and no other", async () => {
  const phc = await hashPassword("비가 오면 우산을 쓴다");
  assert.ok(phc?.startsWith("$argon2id$v=19$m=47104,t=1,p=1$"));
  assert.equal(await verifyPassword("비가 오면 우산을 쓴다".normalize("NFD"), phc), true);
  assert.equal(await verifyPassword("비가 오면 우산을 쓴다!", phc), false);
});

test("without a user the answer is no", async () => {
  assert.equal(await verifyPassword("비가 오면 우산을 쓴다", null), false);
});

test("two hashes run at once and others wait for them; who finds a long line is told to come back", async () => {
  const line = Array.from({ length: 19 }, (_, index) => hashPassword(`password ${index}`));
  const patient = hashPatiently("of a seed", Buffer.alloc(16));
  assert.equal(await line.at(-1), null, "sixteen wait already");
  // On a machine that is very busy some of those who wait have waited for too long.
  const done = (await Promise.all(line)).filter((phc) => phc !== null).length;
  assert.ok(done > 2, `${done} of those who came at once`);
  assert.notEqual(await hashPassword("later"), null, "slots are given back");
  assert.match(await patient, /^\$argon2id\$/, "who has time tries until there is room");
});
