import { z } from "zod";
import { command, contract, event, isError, query } from "../../src/contract/contract.ts";
import { module, store } from "../../src/module/module.ts";

const shop = contract("shop", {
  get: query({
    input: z.object({ id: z.string() }),
    output: z.object({ price: z.number() }),
    errors: { missing: z.object({ id: z.string() }) },
  }),
  sold: event(z.object({ id: z.string() })),
});
const cart = contract("cart", {
  add: command({
    input: z.object({ id: z.string(), n: z.number().default(1) }),
    output: z.object({ total: z.number() }),
    errors: { full: z.object({ max: z.number() }) },
  }),
  ping: query({}),
  added: event(z.object({ id: z.string() }), { key: (payload) => payload.id }),
});
interface Tables {
  lines: { id: string; n: number };
}

export default module(cart, {
  uses: { shop },
  store: store<Tables>({ migrations: {} }),
  on: (subscribe) => [
    subscribe(shop.sold, async (payload, { store }) => {
      await store.deleteFrom("lines").where("id", "=", payload.id).execute();
    }),
  ],
  async add(input, { shop, store, emit, fail, caller }) {
    const n: number = input.n;
    const item = await shop.get({ id: input.id }).catch((error: unknown) => {
      if (isError(error, shopContract.get, "missing")) return fail("full", { max: error.data.id.length });
      throw error;
    });
    await store.insertInto("lines").values({ id: input.id, n }).execute();
    emit("added", { id: caller.user?.id ?? "" });
    return { total: item.price };
  },
  async ping(_input, { store }) {
    await store.selectFrom("lines").select("n").execute();
    // @ts-expect-error a query's store cannot write
    store.deleteFrom("lines");
  },
});
const shopContract = shop;

// @ts-expect-error a missing handler does not compile
module(cart, { async ping() {} });
module(cart, {
  uses: {},
  async ping() {},
  // @ts-expect-error an undeclared dependency does not compile
  async add(_input, { shop }) {
    void shop;
    return { total: 1 };
  },
});
module(cart, {
  uses: { shop },
  async ping() {},
  // @ts-expect-error a wrong result does not compile
  async add(input, { shop, fail, emit }) {
    // @ts-expect-error a wrong call does not compile
    await shop.get({ id: 1 });
    // @ts-expect-error an undeclared error does not compile
    fail("gone", {});
    // @ts-expect-error an undeclared event does not compile
    emit("lost", {});
    return { total: input.id };
  },
});
