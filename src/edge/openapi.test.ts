import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequire } from "node:module";
import { z } from "zod";
import { command, contract, query } from "../contract/contract.ts";
import { openApi } from "./openapi.ts";
import { start } from "./testing.ts";

interface Tree {
  name: string;
  children: Tree[];
}
const Tree: z.ZodType<Tree> = z.object({
  name: z.string(),
  get children(): any {
    return z.array(Tree);
  },
});
const Pair: z.ZodType = z.object({
  left: z.object({
    get pair(): any {
      return Pair.nullable();
    },
  }),
});
const shop = contract("shop", {
  find: query({
    input: z.object({ number: z.number().int(), tags: z.array(z.string()).optional(), since: z.date() }),
    output: z.object({
      at: z.date(),
      big: z.bigint(),
      bytes: z.instanceof(Uint8Array),
      map: z.map(z.string(), z.date()),
      set: z.set(z.number()),
    }),
    errors: { notFound: z.object({ number: z.number() }), closed: z.object({}) },
    http: "GET /things/:number",
  }),
  comment: command({
    input: z.object({ number: z.number(), body: z.string() }),
    http: "POST /things/:number/comments",
  }),
  grow: command({ input: Tree, output: z.array(Tree), http: "PUT /tree" }),
  pair: command({ input: Pair, output: z.string().transform((text) => text.length), http: "POST /pair" }),
  touch: command({ http: "DELETE /things" }),
  inner: query({ output: z.string() }),
});
const operations = [shop.find, shop.comment, shop.grow, shop.pair, shop.touch, shop.inner];
const document = JSON.parse(JSON.stringify(openApi("shop", operations)));

test("each routed operation is described where its route says", () => {
  assert.equal(document.openapi, "3.1.0");
  assert.deepEqual(Object.keys(document.paths), [
    "/things/{number}",
    "/things/{number}/comments",
    "/tree",
    "/pair",
    "/things",
  ]);
  const { get } = document.paths["/things/{number}"];
  assert.equal(get.operationId, "shop.find");
  assert.deepEqual(get.tags, ["shop"]);
  assert.deepEqual(
    get.parameters.map(({ name, in: where, required }: any) => [name, where, required]),
    [
      ["number", "path", true],
      ["tags", "query", false],
      ["since", "query", true],
    ],
  );
  assert.equal(get.parameters[0].schema.type, "integer");
  assert.deepEqual(get.parameters[2].schema, { type: "string", format: "date-time" });
});

test("values that JSON has no form for are described as they are sent", () => {
  const { schema } = document.paths["/things/{number}"].get.responses[200].content["application/json"];
  assert.deepEqual(schema.properties, {
    at: { type: "string", format: "date-time" },
    big: { type: "string", pattern: "^-?[0-9]+$" },
    bytes: { type: "string", contentEncoding: "base64" },
    map: { type: "object", additionalProperties: { type: "string", format: "date-time" } },
    set: { type: "array", uniqueItems: true, items: { type: "number" } },
  });
});

test("a body is the input without what the path says, and commands take an idempotency key", () => {
  const { post } = document.paths["/things/{number}/comments"];
  const { schema } = post.requestBody.content["application/json"];
  assert.deepEqual(schema, { type: "object", properties: { body: { type: "string" } }, required: ["body"] });
  assert.deepEqual(
    post.parameters.map(({ name }: any) => name),
    ["number", "Idempotency-Key"],
  );
  assert.ok(post.responses[204]);
  const touch = document.paths["/things"].delete;
  assert.equal(touch.requestBody, undefined);
  assert.equal(touch.responses[400], undefined, "there is no input that could be invalid");
});

test("each declared error is a problem of its own under its status", () => {
  const { responses } = document.paths["/things/{number}"].get;
  assert.equal(responses[404].description, "notFound");
  assert.deepEqual(responses[409].content["application/problem+json"].schema, {
    $ref: "#/components/schemas/shop.find.closed",
  });
  const problem = document.components.schemas["shop.find.notFound"];
  assert.equal(problem.properties.type.const, "/problems/shop.find.notFound");
  assert.equal(problem.properties.status.const, 404);
  assert.equal(problem.properties.data.properties.number.type, "number");
  assert.equal(responses[503].content["application/problem+json"].schema.oneOf.length, 2);
});

test("every reference leads somewhere, and every schema compiles as JSON Schema 2020-12", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
  assert.ok(
    references.some((reference) => reference.includes("shop.grow.input")),
    "a tree contains itself",
  );
  for (const reference of references) {
    const found = reference
      .split("/")
      .slice(1)
      .reduce<any>((part, step) => part?.[step], document);
    assert.notEqual(found, undefined, reference);
  }
  assert.doesNotMatch(JSON.stringify(document), /x-rich|x-key|\$defs/);
  // ajv comes with Fastify; a schema checker is all that is asked of it here.
  const require = createRequire(createRequire(import.meta.url).resolve("fastify"));
  const Ajv = require("ajv/dist/2020").default;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document, "api");
  const names = Object.keys(document.components.schemas);
  for (const name of names) assert.equal(typeof ajv.compile({ $ref: `api#/components/schemas/${name}` }), "function");
  const tree = ajv.compile({ $ref: "api#/components/schemas/shop.grow.input" });
  assert.equal(tree({ name: "a", children: [{ name: "b", children: [] }] }), true);
  assert.equal(tree({ name: "a", children: [{ name: 1, children: [] }] }), false);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-zA-Z0-9._-]+$/);
});

test("operation ids are unique and each parameter of a path is declared", () => {
  const ids: string[] = [];
  for (const [path, methods] of Object.entries<any>(document.paths))
    for (const operation of Object.values<any>(methods)) {
      ids.push(operation.operationId);
      const declared = operation.parameters.filter((one: any) => one.in === "path").map((one: any) => one.name);
      assert.deepEqual(
        declared,
        [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
      );
    }
  assert.equal(new Set(ids).size, ids.length);
});

test("a running process serves the description of its own operations", async () => {
  await using edge = await start({ operations: [[shop.find, () => null]] });
  const response = await fetch(`${edge.url}/openapi.json`);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(await response.json(), JSON.parse(JSON.stringify(openApi("shop", [shop.find]))));
});

test("a problem that is really sent fits its own description", async () => {
  const require = createRequire(createRequire(import.meta.url).resolve("fastify"));
  const Ajv = require("ajv/dist/2020").default;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document, "api");
  const { CallError } = await import("../contract/errors.ts");
  const error = new CallError("contract", "notFound", "no such thing", { operation: "shop.find", data: { number: 3 } });
  await using edge = await start({ operations: [[shop.find, () => Promise.reject(error)]] });
  const body = await (await fetch(`${edge.url}/things/3`)).json();
  const fits = ajv.compile({ $ref: "api#/components/schemas/shop.find.notFound" });
  assert.equal(fits(body), true, JSON.stringify(fits.errors));
});
