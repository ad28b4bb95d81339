import { monotonicMs } from "../../src/contract/deadline.ts";
import type { StoreAddress } from "../../src/data/data.ts";
import { openStore } from "../../src/data/store.ts";

/** A program: relays one event and kills itself after the effect is committed, before the outbox hears of it. */

const { notes, other } = JSON.parse(process.argv[2]!) as Record<"notes" | "other", StoreAddress>;
const common = { definition: { migrations: {} }, guards: "guarded", warn: () => {} } as const;
const migrated = { migrations: { "001-notes": { up: async () => {} } } as any };
const teller = await openStore({
  ...common,
  definition: migrated,
  module: "notes",
  address: notes,
  subscribers: { "notes.added": ["other"] },
});
const hearer = await openStore({ ...common, definition: migrated, module: "other", address: other, subscribers: {} });
teller.startRelay({
  async deliver(_, event) {
    await hearer.consume(event, { deadline: monotonicMs() + 5000, signal: null }, async (unit) => {
      await unit.store.insertInto("notes").values({ text: event.payload }).execute();
    });
    process.kill(process.pid, "SIGKILL");
    await new Promise(() => {});
  },
});
