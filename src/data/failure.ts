import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";

/**
 * What an error of the driver means. A handler sees errors that speak of its own statement (a broken unique constraint,
 * a wrong column) as the driver's `DatabaseError`; everything that speaks of the connection, the server or the time
 * becomes a SeamlineError, so that nobody has to know SQLSTATEs to know whether trying again makes sense.
 */
export interface Failure {
  readonly error: unknown;
  /** The connection is of no more use. */
  readonly broken: boolean;
}

/** Classes and codes after which the same work may well succeed: connection, resources, shutdown, lost conflicts. */
const passing = /^(08...|53...|57P0[1-5]|40001|40P01)$/;
/** The server's own time limits; we set them to the caller's deadline. */
const outOfTime = /^(57014|25P03|25P04)$/;

export function judge(error: unknown, lost: Error | null): Failure {
  if (error instanceof SeamlineError) return { error, broken: error.code !== "internal" };
  if (error instanceof pg.DatabaseError) return judgeAnswer(error);
  if (lost === null) return { error, broken: false };
  return { error: unavailable("the connection to the database was lost", error), broken: true };
}

function judgeAnswer(error: pg.DatabaseError): Failure {
  const state = error.code ?? "";
  const broken = error.severity === "FATAL" || error.severity === "PANIC";
  if (outOfTime.test(state)) {
    const message = `the database ended the statement at its time limit: ${error.message}`;
    return { error: new SeamlineError("deadline_exceeded", message, { cause: error }), broken };
  }
  if (broken || passing.test(state)) return { error: unavailable(error.message, error), broken };
  return { error, broken };
}

/** How a failed attempt to connect is told. */
export function connectFailure(error: unknown, address: { host: string; port: number; user: string }): SeamlineError {
  if (error instanceof SeamlineError) return error;
  const where = `${address.host}:${address.port} as ${address.user}`;
  return unavailable(`no connection to PostgreSQL at ${where}: ${messageOf(error)}`, error);
}

export function unavailable(message: string, cause: unknown, data?: object): SeamlineError {
  return new SeamlineError("unavailable", message, { cause, data });
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
