import { z } from "zod";
import { contract, query } from "../../contract/contract.ts";
import { app, type App } from "../../module/app.ts";
import { module } from "../../module/module.ts";

/** Two modules without stores, the first asking the second whenever a user asks it, for tests of what lies between. */
const answers = contract("answers", { give: query({ output: z.string() }) });
const asks = contract("asks", { ask: query({ output: z.string(), http: "GET /api/ask" }) });

const answersModule = module(answers, {
  async give() {
    return "an answer";
  },
});
const asksModule = module(asks, { uses: { answers }, ask: (_input, context) => context.answers.give() });

export default app("asking", {
  modules: {
    answers: () => Promise.resolve({ default: answersModule }),
    asks: () => Promise.resolve({ default: asksModule }),
  },
}) satisfies App;
