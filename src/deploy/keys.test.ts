import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keepKeys } from "./keys.ts";

test("keys are made once, stay, are a pair, and are readable by their owner alone", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "keys-"));
  t.after(() => rm(directory, { recursive: true }));
  const keys = await keepKeys(directory);
  assert.deepEqual(await keepKeys(directory), keys);
  assert.equal((await stat(join(directory, "keys.json"))).mode & 0o777, 0o600);
  const der = (text: string): Buffer => Buffer.from(text, "base64");
  const privateKey = createPrivateKey({ key: der(keys.identityPrivateKey), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey({ key: der(keys.identityPublicKey), format: "der", type: "spki" });
  assert.ok(verify(null, Buffer.from("x"), publicKey, sign(null, Buffer.from("x"), privateKey)));
  await writeFile(join(directory, "keys.json"), "{}");
  await assert.rejects(keepKeys(directory), /keys\.json: not a key file.*signed out/);
});
