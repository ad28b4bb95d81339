import { contract, query } from "../../contract/contract.ts";
import { app, type App } from "../../module/app.ts";
import { module, store } from "../../module/module.ts";

/** Two modules, each with a store and the second asking the first, for tests of deployments. */
const notes = contract("notes", { count: query({}) });
const labels = contract("labels", { count: query({}) });

const notesModule = module(notes, { store: store({ migrations: {} }), async count() {} });
const labelsModule = module(labels, { uses: { notes }, store: store({ migrations: {} }), async count() {} });

export default app("small", {
  modules: {
    notes: () => Promise.resolve({ default: notesModule }),
    labels: () => Promise.resolve({ default: labelsModule }),
  },
}) satisfies App;
