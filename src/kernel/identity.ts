import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import type { User } from "../module/module.ts";

/**
 * Who a call is made for, in a form that travels.
 *
 * Only the process of the app's identity module holds the private key; every process can check with the public one. So a
 * process that is taken over can repeat the identities it was shown until they end, but cannot make one. The token is
 * `base64url(JSON).base64url(Ed25519 signature)` and ends after `lifeMs`.
 */

/** How long an identity may be shown. Longer lets a signed-out user act for longer; shorter asks the module more often. */
export const lifeMs = 60_000;
/** Checked tokens that are remembered, so that a signature is checked once per token and process. */
const rememberedTokens = 2000;

const Claims = z.object({
  user: z.object({ id: z.string(), name: z.string(), roles: z.array(z.string()) }),
  until: z.number(),
});

export interface Identities {
  /** @throws SeamlineError where this process has no private key */
  issue(user: User): string;
  /** The user a token names; null for "". @throws SeamlineError `denied` for one that is forged or has ended */
  check(token: string): User | null;
}

export function createIdentities(
  publicKey: string,
  privateKey: string | null,
  now: () => number = Date.now,
): Identities {
  const publicObject = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  const privateObject =
    privateKey && createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  const known = new Map<string, { user: User; until: number }>();
  return {
    issue(user) {
      if (!privateObject)
        throw new SeamlineError(
          "denied",
          "only the app's identity module may issue identities; set `identity` in app()",
        );
      const body = Buffer.from(JSON.stringify({ user, until: now() + lifeMs })).toString("base64url");
      return `${body}.${sign(null, Buffer.from(body), privateObject).toString("base64url")}`;
    },
    check(token) {
      if (token === "") return null;
      let claims = known.get(token);
      if (!claims) {
        claims = read(token, publicObject);
        if (known.size >= rememberedTokens) known.delete(known.keys().next().value!);
        known.set(token, claims);
      }
      if (claims.until < now())
        throw new SeamlineError("denied", "the identity has ended; sign in again or ask for a new one");
      return claims.user;
    },
  };
}

function read(token: string, key: KeyObject): { user: User; until: number } {
  const [body = "", signature = "", ...rest] = token.split(".");
  const genuine = rest.length === 0 && verify(null, Buffer.from(body), key, Buffer.from(signature, "base64url"));
  if (!genuine) throw new SeamlineError("denied", "the identity was not issued by this deployment");
  return Claims.parse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
}
