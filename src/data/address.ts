import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { DataTopology } from "../topology/topology.ts";
import type { StoreAddress } from "./data.ts";

/**
 * Names and passwords of a deployment's stores: functions of its name and secret alone, so that provisioning again, on
 * this server or on another, gives the addresses that running processes already hold.
 *
 * Roles belong to the whole server, which can hold several deployments: a role is "deployment.module". Module names have
 * no dot, so no two pairs share a name; nor do they start with "_", so "deployment._pool" is no module's.
 */
export interface Naming {
  readonly deployment: string;
  readonly secret: string;
  readonly dataTopology: DataTopology;
  readonly database: string;
}

export interface Place {
  readonly host: string;
  readonly port: number;
}

export function toAddress(place: Place, naming: Naming, module: string): StoreAddress {
  const { deployment, secret, dataTopology, database } = naming;
  const role = roleOf(deployment, module);
  const shared = dataTopology === "shared-pool";
  const user = shared ? poolRoleOf(deployment) : role;
  const { host, port } = place;
  const pool = shared ? "shared" : module;
  return { host, port, database, schema: schemaOf(module), user, password: passwordOf(secret, user), role, pool };
}

export function roleOf(deployment: string, module: string): string {
  return fit(`${deployment}.${module}`);
}

export function poolRoleOf(deployment: string): string {
  return fit(`${deployment}._pool`);
}

/** The schema "public" is everybody's, whatever a module is called. */
export function schemaOf(module: string): string {
  return module === "public" ? "public." : fit(module);
}

export function passwordOf(secret: string, role: string): string {
  return createHmac("sha256", secret).update(role).digest("base64url");
}

/** PostgreSQL cuts names at 63 bytes, silently; a digest keeps two long names apart. */
export function fit(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= 63) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 12);
  // A character cut in two would come out as U+FFFD, which has three bytes; there are few enough of them to fit.
  return `${bytes.subarray(0, 44).toString().replaceAll("\uFFFD", "")}~${digest}`;
}

/**
 * What PostgreSQL stores for a password (RFC 5803), so that the password itself is never in a statement or a log.
 *
 * @param password random, of 128 bits at least. Iterations are there to make guessing what people think of slow; nobody
 *   guesses such a one, and each connection would cost its client 4 ms of CPU time for them (a move makes dozens)
 */
export function toVerifier(password: string): string {
  const iterations = 1;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const keyOf = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  const server = keyOf("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}
