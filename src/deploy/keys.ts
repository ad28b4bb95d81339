import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";

/** What a deployment keeps secret. Made once per state directory, so that sessions and form tokens outlive a restart. */
const Keys = z.object({
  /** 64 hex digits. */
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  /** Ed25519, base64 DER (SPKI and PKCS #8). */
  identityPublicKey: z.string().min(1),
  identityPrivateKey: z.string().min(1),
});
export type Keys = z.infer<typeof Keys>;

/** Reads a directory's keys, or makes them. @throws SeamlineError `start_failed` where the file is damaged */
export async function keepKeys(directory: string): Promise<Keys> {
  const path = join(directory, "keys.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const keys = makeKeys();
    const aside = `${path}.${randomUUID()}`;
    await writeFile(aside, JSON.stringify(keys), { mode: 0o600, flush: true });
    await rename(aside, path);
    return keys;
  }
  try {
    return Keys.parse(JSON.parse(text));
  } catch (cause) {
    throw new SeamlineError(
      "start_failed",
      `${path}: not a key file. Restore it, or remove it: new keys are made, and everybody is signed out`,
      { data: { path }, cause },
    );
  }
}

function makeKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    secret: randomBytes(32).toString("hex"),
    identityPublicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"),
    identityPrivateKey: privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  };
}
