/**
 * Every code that Seamline itself puts on an error, with one line that says when it is used. `docs/errors.md` has an
 * entry for each: what it means and what to do. Codes are stable; messages are not.
 */
export const errorCodes = {
  // What a call between modules can end with, besides the errors its contract declares.
  unavailable: "the called module's process or store cannot be reached",
  deadline_exceeded: "the call did not finish within its deadline",
  cancelled: "the caller gave up",
  overloaded: "the called module has no room for another call",
  invalid: "a value does not fit the contract",
  denied: "the caller may not make this call",
  internal: "the called module failed in a way its contract does not declare",
  // What writing, checking or starting a program can end with.
  contract_invalid: "a contract is not well formed",
  module_invalid: "a module is not well formed",
  app_unknown: "no app with this name or at this path",
  app_invalid: "the modules of an app do not fit together",
  topology_unknown: "no topology with this name or at this path",
  topology_invalid: "a topology does not fit the app, or is not well formed",
  usage: "a command line cannot be understood",
  port_in_use: "a port is taken by another program",
  postgres_missing: "the embedded PostgreSQL for this platform is not installed",
  postgres_failed: "the embedded PostgreSQL did not start",
  postgres_unreachable: "the PostgreSQL server cannot be reached or refuses the login",
  postgres_rights: "the PostgreSQL login lacks a right that provisioning needs",
  postgres_too_old: "the PostgreSQL server is older than 16",
  migration_failed: "a module's migration failed",
  start_failed: "a process did not become ready",
  directory_unusable: "the state directory cannot be made or written",
  not_empty: "generated data was to go into a deployment that has data",
  already_running: "another deployment uses this state directory",
  wire_protocol: "the other side of a link did not keep to the protocol",
  wire_refused: "the other side of a link could not prove that it belongs to the deployment",
  // What breaking on purpose and measuring can end with.
  fault_refused: "a fault cannot be applied to this deployment, or on this machine",
  recording_failed: "a recording cannot be written",
  recording_invalid: "a recording is damaged, or was made by another version",
  hypotheses_invalid: "a file of hypotheses cannot be understood, or asks what was not measured",
  // What moving a module's data can end with.
  move_refused: "a module's data cannot be moved as asked; nothing was changed",
  move_undone: "a move failed before its commit point and was taken back",
  move_stopped: "a move is begun and cannot go on just now",
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof errorCodes;

/** The codes with which a call can end although its contract does not declare them. */
export const transportCodes = [
  "unavailable",
  "deadline_exceeded",
  "cancelled",
  "overloaded",
  "invalid",
  "denied",
  "internal",
] as const satisfies readonly ErrorCode[];

export type TransportCode = (typeof transportCodes)[number];

export interface ErrorDetails {
  /** Plain data with the values that the message speaks of. */
  data?: unknown;
  cause?: unknown;
}

/** The base of every error that Seamline throws: a stable `code`, a message with the values in it, and plain `data`. */
export class SeamlineError extends Error {
  override name = "SeamlineError";
  readonly code: string;
  readonly data: unknown;

  constructor(code: ErrorCode | (string & {}), message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.data = details.data;
  }
}

export interface CallErrorDetails extends ErrorDetails {
  /** "module.operation" of the call that failed. */
  operation: string;
  /** W3C trace id (32 hex digits) under which the callee logged the cause; "" where there is none. */
  traceId?: string;
}

/**
 * How a call between modules fails, the same joined and cut. `origin` says which space `code` belongs to: "contract" for
 * a declared error (its `data` fits the declared schema), "transport" for one of `transportCodes`.
 */
export class CallError extends SeamlineError {
  override name = "CallError";
  readonly origin: "contract" | "transport";
  readonly operation: string;
  readonly traceId: string;

  constructor(origin: "contract" | "transport", code: string, message: string, details: CallErrorDetails) {
    super(code, message, details);
    this.origin = origin;
    this.operation = details.operation;
    this.traceId = details.traceId ?? "";
  }
}

/** A transport error: `code` is one of `transportCodes`. */
export function transportError(code: TransportCode, message: string, details: CallErrorDetails): CallError {
  return new CallError("transport", code, message, details);
}

/**
 * Whether a call failed because the other side could not answer in time or at all (`unavailable`, `deadline_exceeded`,
 * `overloaded`), which is when a fallback makes sense. A declared error or `invalid` is an answer, and is not absence.
 */
export function isAbsence(error: unknown): error is CallError {
  return (
    error instanceof CallError &&
    error.origin === "transport" &&
    (error.code === "unavailable" || error.code === "deadline_exceeded" || error.code === "overloaded")
  );
}
