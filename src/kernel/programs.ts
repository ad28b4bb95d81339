import { hkdfSync } from "node:crypto";
import { SeamlineError, transportError } from "../contract/errors.ts";
import type { Module } from "../module/module.ts";
import type { ProgramAddress } from "../module/program.ts";

/** Programs as a module sees them. */

/** What a program and the modules that declare it share. @param secret the deployment's */
export function programSecret(secret: Buffer, name: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `seamline program ${name}`, 32));
}

/** `context.program` of a module. @param portOf where a program listens, now or before it went away; undefined: nowhere yet */
export function programsOf(
  { name: module, programs }: Module,
  secret: Buffer,
  portOf: (name: string) => number | undefined,
): (name: string) => ProgramAddress {
  const secrets = new Map(programs.map((name) => [name, programSecret(secret, name)]));
  return (name) => {
    const shared = secrets.get(name);
    if (shared === undefined) {
      const known = programs.length === 0 ? "none" : programs.join(", ");
      const remedy = `add it to \`programs\` of module("${module}")`;
      throw new SeamlineError("internal", `program("${name}"): "${module}" declares ${known}; ${remedy}`);
    }
    const port = portOf(name);
    if (port === undefined)
      throw transportError("unavailable", `program "${name}" has not started yet`, { operation: `${name}.start` });
    return { url: localUrl(port), secret: shared };
  };
}

export function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}
