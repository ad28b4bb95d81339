import assert from "node:assert/strict";
import { test } from "node:test";
import { topology } from "../topology/topology.ts";
import { changedLines, sourceOf } from "./sources.ts";

const whole = topology({
  processes: {
    web: {
      modules: ["a-web", "a-module-with-a-long-name", "another-module-with-a-long-name", "and-one-more"],
      port: 8000,
    },
    "b-process": { modules: ["b"], replicas: 2 },
    left: { modules: [], port: 8080, routes: ["b"] },
  },
  data: "server-per-module",
  servers: { "b-server": ["b"] },
  guards: "naive",
  joined: "wire",
  transport: "tcp",
});

/** What the text exports, as a file would. */
function read(source: string): unknown {
  const [, text = ""] =
    /^import \{ topology \} from "seamline";\n\nexport default topology\(([\s\S]*)\);$/.exec(source) ?? [];
  // oxlint-disable-next-line no-implied-eval -- The text is our own.
  return topology(new Function(`return ${text}`)());
}

test("the source of a topology is the topology", () => {
  const plain = topology({ processes: { main: { modules: ["a"] } } });
  for (const each of [whole, plain]) assert.deepEqual(read(sourceOf(each)), each);
  assert.match(sourceOf(plain), /main: \{ modules: \["a"\] \},\n {2}\},\n {2}data: "pool-per-module",\n\}\);$/);
});

test("the difference of two texts is the lines that only one has, in their order", () => {
  assert.deepEqual(changedLines("a\nb\nc", "a\nb\nc"), []);
  const changes = changedLines("a\nb\nc\nd", "a\nc\nx\nd\ny").map(({ sign, line }) => `${sign}${line}`);
  assert.deepEqual(changes, ["-b", "+x", "+y"]);
});
