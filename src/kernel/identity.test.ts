import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { SeamlineError } from "../contract/errors.ts";
import { createIdentities, lifeMs } from "./identity.ts";

function keys(): { publicKey: string; privateKey: string } {
  const pair = generateKeyPairSync("ed25519");
  return {
    publicKey: pair.publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    privateKey: pair.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  };
}

const anna = { id: "u1", name: "안나", roles: ["member"] };
const denied = (error: unknown): boolean => error instanceof SeamlineError && error.code === "denied";

test("who is issued an identity is who it names, wherever the public key is", () => {
  const { publicKey, privateKey } = keys();
  const token = createIdentities(publicKey, privateKey).issue(anna);
  const elsewhere = createIdentities(publicKey, null);
  assert.deepEqual(elsewhere.check(token), anna);
  assert.deepEqual(elsewhere.check(token), anna);
  assert.equal(elsewhere.check(""), null);
});

test("a process without the private key can issue nothing", () => {
  assert.throws(() => createIdentities(keys().publicKey, null).issue(anna), denied);
});

test("an identity that was changed, cut, or signed by somebody else is refused", () => {
  const { publicKey, privateKey } = keys();
  const ours = createIdentities(publicKey, privateKey);
  const stranger = keys();
  const token = ours.issue(anna);
  const [body = "", signature = ""] = token.split(".");
  const admin = Buffer.from(JSON.stringify({ user: { ...anna, roles: ["admin"] }, until: Date.now() + 1e6 })).toString(
    "base64url",
  );
  const forged = [
    `${admin}.${signature}`,
    createIdentities(stranger.publicKey, stranger.privateKey).issue(anna),
    body,
    `${token}.more`,
    `.${signature}`,
    "nonsense",
  ];
  for (const bad of forged) assert.throws(() => ours.check(bad), denied, bad);
});

test("an identity ends, also for who has checked it before", () => {
  const { publicKey, privateKey } = keys();
  let now = 1_000_000;
  const identities = createIdentities(publicKey, privateKey, () => now);
  const token = identities.issue(anna);
  assert.deepEqual(identities.check(token), anna);
  now += lifeMs + 1;
  assert.throws(() => identities.check(token), denied);
});
