import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { SeamlineError } from "../contract/errors.ts";
import { kinds, protocolError, type Frame } from "./frame.ts";

/**
 * How the two ends of a link convince each other that they belong to the same deployment.
 *
 *     client → hello      version, name, nonce
 *     server → challenge  version, name, nonce
 *     client → proof      HMAC-SHA256(secret, "client" and all of the above)
 *     server → proof      HMAC-SHA256(secret, "server" and all of the above)
 *
 * The secret never travels; a recorded proof is worth nothing because both nonces are new; a proof cannot be sent back
 * as one's own because the role is in it. Until the last step nothing else on the link is acted upon. Whoever finds the
 * other's proof wrong says `refused` with the reason and ends the link, so that both sides can log why. What this does
 * not give is secrecy and integrity of what follows: between machines that do not trust their network, run it over TLS.
 */

const protocolVersion = 1;
export const handshakeDeadlineMs = 1000;
/** Strangers may not make us keep more than this. */
export const handshakeMaxFrameBytes = 1024;

const nonceBytes = 32;
const maxNameLength = 100;

export type Role = "client" | "server";

interface Greeting {
  readonly name: string;
  readonly nonce: Buffer;
}

/** What to do after a frame of the handshake: send something, and whether the link is now open. */
interface Step {
  readonly send: string | null;
  readonly open: boolean;
}

export class Handshake {
  readonly #role: Role;
  readonly #secret: Buffer;
  readonly #own: Greeting;
  #peer: Greeting | null = null;

  constructor(role: Role, secret: Buffer, name: string) {
    this.#role = role;
    this.#secret = secret;
    this.#own = { name: name.slice(0, maxNameLength), nonce: randomBytes(nonceBytes) };
  }

  /** The other side's name; what it says, until the link is open. */
  get peer(): string {
    return this.#peer?.name ?? "a stranger";
  }

  /** What the client says first. */
  hello(): string {
    return this.#greeting(kinds.hello);
  }

  /** @throws SeamlineError wire_refused | wire_protocol */
  receive(frame: Frame): Step {
    if (frame[0] === kinds.refused) throw refusedByPeer(this.peer, frame);
    if (this.#peer !== null) return this.#checkProof(frame);
    this.#peer = greetingOf(frame, this.#role === "server" ? kinds.hello : kinds.challenge);
    return { send: this.#role === "server" ? this.#greeting(kinds.challenge) : this.#proof(), open: false };
  }

  #checkProof(frame: Frame): Step {
    const given = typeof frame[1] === "string" ? Buffer.from(frame[1], "base64") : null;
    if (frame[0] !== kinds.proof || given === null) throw protocolError("something else than a proof in the handshake");
    const expected = this.#digest(this.#role === "server" ? "client" : "server");
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new SeamlineError("wire_refused", `${this.peer} does not know this deployment's secret`);
    return { send: this.#role === "server" ? this.#proof() : null, open: true };
  }

  #greeting(kind: number): string {
    return JSON.stringify([kind, protocolVersion, this.#own.name, this.#own.nonce.toString("base64")]);
  }

  #proof(): string {
    return JSON.stringify([kinds.proof, this.#digest(this.#role).toString("base64")]);
  }

  #digest(prover: Role): Buffer {
    const [client, server] = this.#role === "client" ? [this.#own, this.#peer!] : [this.#peer!, this.#own];
    const hmac = createHmac("sha256", this.#secret).update(`seamline wire ${protocolVersion} ${prover}\n`);
    for (const { name, nonce } of [client, server]) {
      const bytes = Buffer.from(name);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hmac.update(nonce).update(length).update(bytes);
    }
    return hmac.digest();
  }
}

function greetingOf(frame: Frame, kind: number): Greeting {
  const [given, version, name, nonce] = frame;
  if (given !== kind) throw protocolError("the handshake does not begin as it should");
  if (version !== protocolVersion)
    throw new SeamlineError(
      "wire_refused",
      `the other side speaks version ${String(version).slice(0, 20)} of the protocol, this one ${protocolVersion}; run the same release on both`,
    );
  const bytes = typeof nonce === "string" ? Buffer.from(nonce, "base64") : null;
  if (typeof name !== "string" || name.length > maxNameLength || bytes?.length !== nonceBytes)
    throw protocolError("a greeting with wrong fields");
  return { name, nonce: bytes };
}

function refusedByPeer(peer: string, frame: Frame): SeamlineError {
  const reason = typeof frame[1] === "string" ? frame[1].slice(0, 200) : "no reason given";
  return new SeamlineError("wire_refused", `${peer} refuses this process: ${reason}`);
}
