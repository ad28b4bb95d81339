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

const jobs = contract("jobs", { pay: command({ input: z.object({ id: z.string() }) }), paid: event(z.object({})) });

module(jobs, {
  uses: { cart },
  store: store<Tables>({ migrations: {} }),
  async pay({ id }, { store, sagas, letters }) {
    await store.deleteFrom("lines").where("id", "=", id).execute();
    sagas.begin("job", id);
    sagas.wake("job", id);
    const [letter] = await letters.dead();
    if (letter) await letters.replay(letter.id, letter.subscriber);
  },
  sagas: (saga) => [
    saga(
      "job",
      async (flow) => {
        const lines = await flow.wait("lines", new Date(), async ({ read }) =>
          read.selectFrom("lines").select("n").where("id", "=", flow.id).executeTakeFirst(),
        );
        if (lines === null) return flow.fail("late");
        const n: number = lines.n;
        const { total } = await flow.ask("add", ({ cart: of, key }) => of.add({ id: key, n }), {
          undo: ({ total: undone }, { cart: of }) => of.add({ id: "undo", n: -undone }),
        });
        const sum: number = await flow.poll("sum", async ({ cart: of }) =>
          (await of.ping()) === null ? total : undefined,
        );
        await flow.write("note", async ({ store, emit, sagas }) => {
          await store.deleteFrom("lines").where("n", "=", sum).execute();
          emit("paid", {});
          sagas.wake("job", "2");
          // @ts-expect-error an undeclared event does not compile
          emit("lost", {});
        });
        // @ts-expect-error a check only reads
        await flow.wait("more", null, async ({ store }) => store);
      },
      {
        async failed(reason, { store, id }) {
          await store.deleteFrom("lines").where("id", "in", [id, reason]).execute();
        },
      },
    ),
  ],
  schedules: (schedule) => [
    schedule("sweep", { everyMs: 1000 }, async ({ store, now }) => {
      const { numDeletedRows } = await store.deleteFrom("lines").where("n", "<", now().getTime()).executeTakeFirst();
      return { again: numDeletedRows > 100n };
    }),
    schedule("quiet", { everyMs: 1000 }, async () => {}),
  ],
});
