import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { app } from "../module/app.ts";
import { bundledApps, resolveApp, resolveTopology, topologyNames } from "./resolve.ts";

const load = (): never => assert.fail("nothing is loaded");
const shop = app("shop", {
  modules: { stock: load },
  pages: { web: load },
  topologies: { pair: { processes: { front: { modules: ["web"], port: 0 }, back: { modules: ["stock"] } } } },
});

async function files(t: TestContext, contents: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "resolve-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(contents)) await writeFile(join(directory, name), text);
  return directory;
}

test("a bundled app is found by name, and by the path of its directory or file", async () => {
  assert.ok((await bundledApps()).includes("board"));
  const { app: board, appUrl } = await resolveApp("board");
  assert.equal(board.name, "board");
  assert.equal((await resolveApp(new URL(".", appUrl).pathname)).appUrl, appUrl);
  assert.equal((await resolveApp(new URL(appUrl).pathname)).appUrl, appUrl);
});

test("an unknown app is refused with those there are and the one likely meant", async () => {
  await assert.rejects(resolveApp("bord"), {
    code: "app_unknown",
    message: /did you mean "board"\? Known by name: .*board/,
  });
  await assert.rejects(resolveApp("./nowhere"), { code: "app_unknown", message: /no app at .*nowhere/ });
});

test("a file that is no app, or breaks, is refused with its path", async (t) => {
  const directory = await files(t, { "app.mjs": "export default 1", "broken.mjs": "throw new Error('boom')" });
  await assert.rejects(resolveApp(directory), {
    code: "app_invalid",
    message: /app\.mjs: the default export is not made by app\(\)/,
  });
  await assert.rejects(resolveApp(join(directory, "broken.mjs")), {
    code: "app_invalid",
    message: /broken\.mjs: boom/,
  });
});

test("topologies are presets, what the app names, and files", async (t) => {
  assert.deepEqual(topologyNames(shop), ["monolith", "microservices", "pair"]);
  assert.deepEqual(Object.keys((await resolveTopology(shop, "pair")).topology.processes), ["front", "back"]);
  const { topology } = await resolveTopology(shop, "pair");
  const directory = await files(t, {
    "two.json": JSON.stringify(topology),
    "three.mjs": `export default ${JSON.stringify(topology)}`,
    "torn.json": "{",
    "marked.json": `\ufeff${JSON.stringify(topology)}`,
    "empty.mjs": "export const other = 1",
    "torn.ts": "\n\nexport default ( => 1",
    "odd.json": JSON.stringify({ processes: { a: { modules: [] } } }),
    "two.txt": "",
  });
  assert.deepEqual(await resolveTopology(shop, join(directory, "two.json")), { name: "two", topology });
  assert.deepEqual(await resolveTopology(shop, join(directory, "three.mjs")), { name: "three", topology });
  assert.deepEqual((await resolveTopology(shop, join(directory, "marked.json"))).topology, topology);
  const refused = (name: string): Promise<unknown> => resolveTopology(shop, join(directory, name));
  await assert.rejects(refused("torn.json"), {
    code: "topology_invalid",
    message: /torn\.json cannot be read as JSON/,
  });
  await assert.rejects(refused("torn.ts"), { code: "topology_invalid", message: /torn\.ts:3: / });
  await assert.rejects(refused("empty.mjs"), { code: "topology_invalid", message: /empty\.mjs has no default export/ });
  await assert.rejects(refused("odd.json"), {
    code: "topology_invalid",
    message: /odd\.json: topology: processes\.a\.modules/,
  });
  await assert.rejects(refused("two.txt"), { code: "topology_unknown", message: /ends with \.json, \.ts or \.js/ });
  await assert.rejects(refused("gone.json"), { code: "topology_unknown", message: /no topology file/ });
  await assert.rejects(resolveTopology(shop, "monolit"), {
    code: "topology_unknown",
    message: /did you mean "monolith"/,
  });
});

test("naive guards bring the naive monolith's one pool with them", async () => {
  const data = async (name: string, guards?: "naive"): Promise<string> =>
    (await resolveTopology(shop, name, guards)).topology.data;
  assert.deepEqual(
    [await data("monolith"), await data("monolith", "naive"), await data("microservices", "naive")],
    ["pool-per-module", "shared-pool", "server-per-module"],
  );
});
