import assert from "node:assert/strict";
import { test } from "node:test";
import { contract, query } from "../contract/contract.ts";
import { SeamlineError } from "../contract/errors.ts";
import { app } from "../module/app.ts";
import { loadGraph } from "../module/graph.ts";
import { module } from "../module/module.ts";
import { pages } from "../module/pages.ts";
import { program } from "../module/program.ts";
import { checkTopology } from "./check.ts";
import { microservices, monolith, topology, type TopologyInput } from "./topology.ts";

const shop = contract("shop", { get: query({ http: "GET /items/:id" }) });
const cart = contract("cart", { get: query({ http: "GET /items/:item" }) });
const load =
  <T>(value: T) =>
  () =>
    Promise.resolve({ default: value });
const store = app("store", {
  modules: { shop: load(module(shop, { async get() {} })), cart: load(module(cart, { async get() {} })) },
  pages: { web: load(pages("web", { plugin() {} })) },
});
const graph = await loadGraph(store);
const problems = (input: TopologyInput): string[] =>
  checkTopology(graph, topology(input)).map(({ where, message }) => `${where}: ${message}`);

test("the presets place every part once; only same-process routes clash", () => {
  assert.deepEqual(checkTopology(graph, microservices(store)), []);
  assert.deepEqual(Object.keys(microservices(store).processes), ["shop", "cart", "web"]);
  assert.deepEqual(
    checkTopology(graph, monolith(store)).map(({ where, message }) => `${where}: ${message}`),
    ['processes.store: cart.get and shop.get answer the same route "GET /items/:item"'],
  );
});

test("a part without a place, a place without a part, and a part in two places are found", () => {
  assert.deepEqual(
    problems({ processes: { a: { modules: ["shop", "shopp"] }, b: { modules: ["shop", "web"], port: 1 } } }),
    [
      'processes.a.modules: the app "store" has no "shopp"',
      'processes.b.modules: "shop" is in process "a" already',
      'processes: "cart" has no place',
    ],
  );
});

test("ports that clash, are missing, or are shared by replicas are found", () => {
  const found = problems({
    processes: {
      a: { modules: ["shop"], port: 1, replicas: 2 },
      b: { modules: ["cart"], port: 1 },
      c: { modules: ["web"] },
    },
  });
  assert.deepEqual(found, [
    "processes.a.port: 2 replicas cannot share port 1",
    'processes.b.port: port 1 is taken by process "a"',
    'processes.c.port: "web" are pages and need a port',
  ]);
});

test("a topology that is not well formed names the field", () => {
  const refused = (input: unknown, pattern: RegExp): void => {
    assert.throws(
      () => topology(input as TopologyInput),
      (error: unknown) =>
        error instanceof SeamlineError && error.code === "topology_invalid" && pattern.test(error.message),
    );
  };
  refused({}, /processes/);
  refused({ processes: { a: { modules: [] } } }, /processes\.a\.modules/);
  refused({ processes: { a: { modules: ["x"], port: 70_000 } } }, /processes\.a\.port/);
  refused({ processes: { a: { modules: ["x"], replica: 2 } } }, /processes\.a.*"replica".*modules, port, replicas/);
  refused({ processes: { "a b": { modules: ["x"] } } }, /processes\.a b: .*lower-case/);
  refused({ processes: {}, guards: "none" }, /guards/);
  refused("monolith", /expected object.*processes: \{ main/);
});

test("naive guards share one pool unless the topology says otherwise", () => {
  assert.equal(topology({ processes: {} }).data, "pool-per-module");
  assert.equal(topology({ processes: {}, guards: "naive" }).data, "shared-pool");
  assert.equal(topology({ processes: {}, guards: "naive", data: "server-per-module" }).data, "server-per-module");
});

test("a process may not have the name of a program", async () => {
  const bank = program({ start: async () => ({ port: 1, close: async () => {} }) });
  const { name, modules, pages } = store;
  const withBank = await loadGraph(app(name, { modules, pages, programs: { bank: load(bank) } }));
  const found = (process: string): string[] =>
    checkTopology(
      withBank,
      topology({ processes: { [process]: { modules: ["shop", "web"], port: 0 }, other: { modules: ["cart"] } } }),
    ).map(({ where, message }) => `${where}: ${message}`);
  assert.deepEqual(found("front"), []);
  assert.deepEqual(found("bank"), ['processes.bank: "bank" is a program, which has a process of that name already']);
});
