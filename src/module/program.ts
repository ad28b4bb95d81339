import { SeamlineError } from "../contract/errors.ts";
import type { Log } from "./module.ts";

/**
 * A program that an app brings along, such as a simulated payment provider: what it would be in the world outside, a
 * process of its own that knows nothing of modules and is reached over HTTP. It is started before the modules' processes,
 * kept alive like them, and stopped after them, in every topology alike; a topology does not place it.
 */

/** What a program is given. */
export interface ProgramHost {
  readonly name: string;
  /** A directory of its own, which stays over restarts. It exists. */
  readonly directory: string;
  /** 32 bytes that the program shares with the modules that declare it, and with nobody else. Stays over restarts. */
  readonly secret: Buffer;
  /** Where to listen, on 127.0.0.1: 0 (any port) in the first life, afterwards the port that it had. */
  readonly port: number;
  /** Base URL of the process that holds a module, such as "http://127.0.0.1:8080"; null while it has no HTTP port. */
  urlOf(module: string): string | null;
  readonly log: Log;
  /** The app's time, as in the context of a handler: it can be moved. */
  now(): Date;
  /** Fires when the program is to end; then `close` is called. */
  readonly signal: AbortSignal;
}

/** A program that listens. */
export interface StartedProgram {
  /** Where it listens. */
  readonly port: number;
  /** Finishes what is in hand and stops listening. Called once. */
  close(): Promise<void>;
}

export interface ProgramDefinition {
  /** Resolves when it listens. A rejection is a failed start: the process ends, and is tried again if it ran before. */
  start(host: ProgramHost): Promise<StartedProgram>;
}

/** A program as the runtime sees it. */
export interface Program extends ProgramDefinition {
  readonly type: "program";
}

/** What a module is told about a program that it declares. */
export interface ProgramAddress {
  /** Base URL without a slash at its end. It stays the same while the program is away. */
  readonly url: string;
  /** The program's own `host.secret`. */
  readonly secret: Buffer;
}

/** Makes a file's default export a program. @throws SeamlineError `module_invalid` */
export function program(definition: ProgramDefinition): Program {
  if (typeof definition?.start !== "function")
    throw new SeamlineError("module_invalid", "program(): start must be a function (host) => Promise<{ port, close }>");
  return Object.freeze({ type: "program", start: definition.start.bind(definition) });
}
