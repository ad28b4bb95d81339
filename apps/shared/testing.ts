import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { CallError, isAbsence, type Operation, type User } from "seamline";

/** What tests of all apps have in common. */

/** Somebody whom accounts need not know: modules trust the signed identity. */
export function somebody(name: string, ...roles: string[]): User {
  return { id: randomUUIDv7(), name, roles };
}

/** A first call may find a busy machine still loading code; one key makes all tries one command. */
export async function patiently<T>(call: (options: { key: string }) => Promise<T>): Promise<T> {
  const [options, end] = [{ key: randomUUIDv7() }, Date.now() + 10_000];
  for (;;)
    try {
      return await call(options);
    } catch (error) {
      if (!isAbsence(error) || Date.now() > end) throw error;
    }
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
