import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { CallError, type Operation, type PageContext, type User } from "seamline";
import { eachPlacement, type TestApp } from "../../test/suites/placements.ts";
import type { accounts } from "../shared/accounts/contract.ts";
import app from "./app.ts";
import type { board } from "./board/contract.ts";
import type { comments } from "./comments/contract.ts";

/** What tests of the board's modules have in common. */

type Clients = PageContext<{ accounts: typeof accounts; board: typeof board; comments: typeof comments }>;

export interface Running extends Omit<TestApp, "context" | "as"> {
  readonly context: Clients;
  as(user: User): Clients;
}

/** Runs the tests that `body` declares under every placement of the board. */
export function everywhere(body: (running: () => Running) => void): void {
  eachPlacement(app, import.meta.resolve("./app.ts"), (running) => body(running as unknown as () => Running));
}

/** Somebody whom accounts need not know: modules trust the signed identity. */
export function somebody(name: string, ...roles: string[]): User {
  return { id: randomUUIDv7(), name, roles };
}

/** For `assert.rejects`: a declared error of an operation, with this data where it is given. */
export function fails({ module, name }: Operation, code: string, data?: unknown) {
  return (error: unknown): true => {
    assert.ok(error instanceof CallError && error.origin === "contract", String(error));
    assert.deepEqual([error.operation, error.code], [`${module}.${name}`, code]);
    if (data !== undefined) assert.deepEqual(error.data, data);
    return true;
  };
}
