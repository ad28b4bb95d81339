import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { z } from "zod";
import { contract, query } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import { CallError, SeamlineError } from "../contract/errors.ts";
import { module } from "../module/module.ts";
import { contextClass } from "./context-class.ts";
import { Arrival } from "./context.ts";
import { createIdentities } from "./identity.ts";
import { LocalModule } from "./local.ts";
import { bindOperation } from "./operation.ts";
import { Seam } from "./seam.ts";

/** A joined call to a module whose store is away for the first `failures` calls. */
function joined(failures: number): { seam: Seam; call: (input: unknown) => Promise<unknown>; tries: () => number } {
  let tries = 0;
  const shop = contract("shop", { get: query({ input: z.object({ id: z.string() }), output: z.string() }) });
  const parts = module(shop, {
    async get({ id }) {
      if (++tries <= failures) throw new SeamlineError("unavailable", "the store is away");
      return id;
    },
  });
  const key = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const runtime = { guarded: true, log, identities: createIdentities(key, null), now: () => new Date(), detect: null };
  const Context = contextClass(runtime, { name: "shop", uses: {}, contract: shop, store: null, seams: {} });
  const seam = new Seam("test", "shop", runtime);
  seam.join(new LocalModule(parts, runtime, Context, null));
  const origin = { traceId: "0".repeat(31) + "1", user: null, identity: "" };
  const caller = new Context(new Arrival("test"), null, monotonicMs() + 5000, null, origin, "", undefined, null, null);
  return { seam, call: (input) => seam.invoke(seam, caller, bindOperation(shop.get), input), tries: () => tries };
}

const unavailable = (error: unknown): boolean => error instanceof CallError && error.code === "unavailable";

test("a joined query is tried again while its module's store is away, and stays in flight meanwhile", async () => {
  const { seam, call, tries } = joined(2);
  const result = call({ id: "a" });
  await seam.drained(monotonicMs() + 3000);
  assert.equal(tries(), 3);
  assert.equal(await result, "a");
  assert.deepEqual([seam.inFlight, seam.calls, seam.failed], [0, 1, 0]);
});

test("a store that stays away is told after the last try", async () => {
  const { seam, call, tries } = joined(Infinity);
  await assert.rejects(call({ id: "a" }), unavailable);
  assert.equal(tries(), 4);
  assert.deepEqual([seam.inFlight, seam.calls, seam.failed], [0, 1, 1]);
});

test("a caller that spoils its input before the next try gets the failure, and the process lives", async () => {
  const { seam, call, tries } = joined(Infinity);
  const input: Record<string, unknown> = { id: "a" };
  const result = call(input);
  input["id"] = 5;
  await assert.rejects(result, unavailable);
  assert.deepEqual([tries(), seam.inFlight], [1, 0]);
});
