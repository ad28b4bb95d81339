import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { contract, query } from "../contract/contract.ts";
import { CallError } from "../contract/errors.ts";
import { createDetector } from "./detect.ts";
import { bindOperation, type BoundOperation } from "./operation.ts";

const Shape = z.object({ at: z.date(), list: z.array(z.object({ n: z.number() })) });
const honest = bindOperation(contract("honest", { get: query({ input: Shape }) }).get);
const value = { at: new Date(5), list: [{ n: 1 }, { n: 2 }] };

/** The same operation over a wire that forgets that dates are dates, and rounds. */
const lossy: BoundOperation = {
  ...honest,
  input: {
    ...honest.input,
    stable: false,
    toText: (copy) => JSON.stringify(copy, (_key, inner: unknown) => (inner === 2 ? 3 : inner)),
    fromJson: (json) => ({ ...(json as object), at: new Date(5) }),
  },
};

function detecting(strict: boolean): { said: object[]; detect: ReturnType<typeof createDetector> } {
  const said: object[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void said.push(fields) };
  return { said, detect: createDetector(log, strict) };
}

test("a value that the wire carries unchanged is not mentioned", () => {
  const { said, detect } = detecting(true);
  detect(honest, "input", value);
  assert.deepEqual(said, []);
});

test("a value that the wire would change is reported with its call and its field", () => {
  const { said, detect } = detecting(false);
  detect(lossy, "input", value);
  assert.deepEqual(said, [{ operation: "honest.get", field: "input.list[1].n" }]);
});

test("a strict detector fails the call", () => {
  const { detect } = detecting(true);
  assert.throws(
    () => detect(lossy, "input", value),
    (error: unknown) =>
      error instanceof CallError && error.code === "internal" && /input\.list\[1\]\.n/.test(error.message),
  );
});
