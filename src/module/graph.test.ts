import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { contract, event, query, type Contract } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import { app, type App } from "./app.ts";
import { loadGraph, throwProblems } from "./graph.ts";
import { module, store, type Module } from "./module.ts";
import { pages } from "./pages.ts";
import { program } from "./program.ts";

const shop = contract("shop", { get: query({}), sold: event(z.object({ id: z.string() })) });
const cart = contract("cart", { list: query({}) });
const load =
  <T>(value: T) =>
  () =>
    Promise.resolve({ default: value });
const one = (of: Contract<string, any>, uses: Record<string, Contract<string, any>> = {}): Module =>
  module(of, { uses, async get() {}, async list() {} } as never) as Module;
const shopModule = module(shop, { async get() {} });
const cartModule = module(cart, { uses: { shop }, async list() {} });

async function problemsOf(of: App): Promise<string[]> {
  return (await loadGraph(of)).problems.map(({ where, message }) => `${where}: ${message}`);
}

test("a sound app has a graph and no problems", async () => {
  const web = pages("web", { uses: { cart }, plugin() {} });
  const graph = await loadGraph(
    app("sound", { modules: { shop: load(shopModule), cart: load(cartModule) }, pages: { web: load(web) } }),
  );
  assert.deepEqual(graph.problems, []);
  assert.deepEqual(graph.uses, { shop: [], cart: ["shop"], web: ["cart"], edge: [] });
});

test("modules that ask each other in a circle are named in their order", async () => {
  const a = contract("a", { list: query({}) });
  const b = contract("b", { list: query({}) });
  const circle = app("circle", {
    modules: {
      a: load(module(a, { uses: { b }, async list() {} })),
      b: load(module(b, { uses: { a }, async list() {} })),
    },
  });
  assert.deepEqual(await problemsOf(circle), ["a.uses: modules ask each other in a circle: a → b → a"]);
});

test("a seam needs its module; an event that no module of this app tells is no problem", async () => {
  const listener = module(cart, {
    uses: { shop },
    store: store({ migrations: {} }),
    on: (subscribe) => [subscribe(shop.sold, async () => {})],
    async list() {},
  });
  const found = await problemsOf(app("alone", { modules: { cart: load(listener) } }));
  assert.deepEqual(found, ['cart.uses: the app has no module "shop"']);
});

test("a name, a kind and a file that do not fit are found", async () => {
  const web = pages("web", { plugin() {} });
  const found = await problemsOf(
    app("odd", {
      modules: {
        basket: load(cartModule),
        web: load(web as never),
        broken: () => Promise.reject(new Error("no such file")),
      },
    }),
  );
  assert.match(found[0]!, /modules\.basket: it is called "cart" in its own file/);
  assert.match(found[1]!, /modules\.web: the default export of its file is not made by module\(\)/);
  assert.match(found[2]!, /modules\.broken: loading it failed: no such file/);
});

test("programs are loaded, and a module names only those that the app has", async () => {
  const asking = module(cart, { programs: ["bank", "mint"], async list() {} });
  const bank = program({ start: async () => ({ port: 1, close: async () => {} }) });
  const sound = app("sound", { modules: { cart: load(asking) }, programs: { bank: load(bank), mint: load(bank) } });
  assert.deepEqual((await loadGraph(sound)).problems, []);
  assert.deepEqual((await loadGraph(sound)).programs, ["bank", "mint"]);
  const found = await problemsOf(
    app("odd", { modules: { cart: load(asking) }, programs: { bank: load(cartModule as never) } }),
  );
  assert.match(found[0]!, /programs\.bank: the default export of its file is not made by program\(\)/);
  assert.match(found[1]!, /cart\.programs: the app has no program "mint"/);
  for (const name of ["cart", "Bank"])
    assert.throws(() => app("odd", { modules: { cart: load(cartModule) }, programs: { [name]: load(bank) } }), {
      code: "app_invalid",
      message: new RegExp(name),
    });
});

test("problems become one error that lists them with their remedies", async () => {
  const graph = await loadGraph(app("alone", { modules: { cart: load(cartModule) } }));
  assert.throws(
    () => throwProblems('app "alone"', graph.problems),
    (error: unknown) =>
      error instanceof SeamlineError &&
      error.code === "app_invalid" &&
      /app "alone": 1 problem\n {2}cart\.uses: the app has no module "shop"\. Add "shop"/.test(error.message),
  );
});

test("a module that reaches into another's folder is found; its contract may be imported", async () => {
  const directory = await mkdtemp(join(tmpdir(), "seamline-graph-"));
  after(() => rm(directory, { recursive: true, force: true }));
  const index = import.meta.resolve("seamline");
  const files = {
    "shop/contract.ts": `import { contract, query } from "${index}"; export const shop = contract("shop", { get: query({}) });`,
    "shop/inside.ts": `export const secret = 1;`,
    "shop/shop.ts": `import { module } from "${index}"; import { shop } from "./contract.ts"; export default module(shop, { async get() {} });`,
    "cart/cart.ts": `import { contract, module, query } from "${index}"; import { shop } from "../shop/contract.ts"; import "./deep.ts"; export default module(contract("cart", { list: query({}) }), { uses: { shop }, async list() {} });`,
    "cart/deep.ts": `import { secret } from "../shop/inside.ts"; export const mine = secret;`,
    "app.ts": `import { app } from "${index}"; export default app("reaching", { modules: { shop: () => import("./shop/shop.ts"), cart: () => import("./cart/cart.ts") } });`,
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, ".."), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  const url = pathToFileURL(join(directory, "app.ts")).href;
  const { problems } = await loadGraph(((await import(url)) as { default: App }).default, url);
  assert.equal(problems.length, 1);
  assert.equal(problems[0]!.where, join(directory, "cart/deep.ts"));
  assert.match(problems[0]!.message, /"cart" imports .*shop\/inside\.ts, which is inside "shop"/);
});

test("module() refuses what its contract does not have, and what is missing", () => {
  const refused = (make: () => unknown, pattern: RegExp): void => {
    assert.throws(
      make,
      (error: unknown) =>
        error instanceof SeamlineError && error.code === "module_invalid" && pattern.test(error.message),
    );
  };
  refused(() => module(cart, {} as never), /module "cart": the handler of "list" is missing/);
  refused(() => one(cart), /module "cart": "get" is not an operation of the contract/);
  refused(() => module(cart, { list: 5 } as never), /"list" must be a function/);
  refused(() => module(cart, { programs: "bank", async list() {} } as never), /`programs` must be a list of names/);
  refused(
    () => module(cart, { uses: { caller: shop }, async list() {} } as never),
    /uses\.caller: "caller" is a name of the context/,
  );
  refused(
    () => module(cart, { on: (subscribe: any) => [subscribe(shop.sold, async () => {})], async list() {} } as never),
    /`on` needs a store/,
  );
});
