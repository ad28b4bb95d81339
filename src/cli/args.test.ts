import assert from "node:assert/strict";
import { test } from "node:test";
import { readArgs, readPorts, type Args, type Flags } from "./args.ts";
import { describeClock, readDuration } from "./durations.ts";
import { messages } from "./messages.ts";
import { nearest } from "./suggest.ts";

const { en, ko } = messages;
const flags: Flags = {
  port: { value: "N", many: true },
  json: {},
  guards: { value: "A|B", oneOf: ["guarded", "naive"] },
};
const read = (...argv: string[]): Args => readArgs(argv, "up", ["APP"], flags, en);

test("words, flags and repeated flags are read in any order", () => {
  const args = read("--port", "web=1", "board", "--json", "--port=board=2");
  assert.deepEqual(args.positionals, ["board"]);
  assert.deepEqual(args.values("port"), ["web=1", "board=2"]);
  assert.deepEqual([args.has("json"), args.has("guards"), args.value("guards")], [true, false, undefined]);
});

for (const [argv, message] of [
  [["board", "--prot", "1"], /unknown option --prot; did you mean --port\? See: seamline up --help/],
  [["board", "-x"], /unknown option -x\. See/],
  [["board", "--port"], /--port needs a value: --port N/],
  [["board", "--port", "--json"], /--port needs a value/],
  [["board", "--json=yes"], /--json takes no value/],
  [["board", "--json", "--json"], /--json is given twice/],
  [["board", "--guards", "maybe"], /"maybe" is none of guarded, naive/],
  [[], /APP is missing/],
  [["board", "more"], /"more" is one word too many/],
] as const)
  test(`"up ${argv.join(" ")}" is refused with the word that is wrong`, () => {
    assert.throws(() => read(...argv), { code: "usage", message });
  });

test("a word in brackets may be left out, and a number may be negative", () => {
  const clock = (...argv: string[]): Args => readArgs(argv, "clock", ["[APP]"], { move: { value: "3d" } }, en);
  assert.deepEqual(clock().positionals, []);
  const args = clock("stay", "--move", "-2h");
  assert.deepEqual([args.positionals, args.value("move")], [["stay"], "-2h"]);
  assert.throws(() => clock("stay", "more"), { code: "usage", message: /one word too many/ });
});

test("durations are read in their units, and others are refused", () => {
  for (const [text, ms] of [
    ["3d", 259_200_000],
    ["-2h", -7_200_000],
    ["1.5m", 90_000],
    ["+30s", 30_000],
    ["500ms", 500],
  ] as const)
    assert.equal(readDuration("move", text, en), ms, text);
  for (const wrong of ["3", "d", "3 d", "3w", "--3d", "1e3s"])
    assert.throws(
      () => readDuration("move", wrong, en),
      { code: "usage", message: /--move ".*" is no duration/ },
      wrong,
    );
  assert.match(describeClock("stay", -(26 * 3_600_000 + 500), en), /^stay: .*Z \(-1d 2h 500ms\)$/);
});

test("help is given even where a word is missing", () => assert.ok(read("--help").has("help")));

test("refusals are in the language that was asked for", () => {
  assert.throws(() => readArgs([], "up", ["APP"], flags, ko), /APP이\(가\) 빠졌습니다\. 도움말: seamline up --help/);
});

test("ports are one number, or a number by name", () => {
  assert.equal(readPorts([], en), undefined);
  assert.equal(readPorts(["0"], en), 0);
  assert.deepEqual(readPorts(["web=9000", "board-web=9001"], en), { web: 9000, "board-web": 9001 });
  for (const wrong of [["x"], ["web="], ["65536"], ["-1"], ["1.5"]])
    assert.throws(() => readPorts(wrong, en), { code: "usage", message: /is not a port/ }, wrong.join(" "));
  assert.throws(() => readPorts(["8000", "web=1"], en), { code: "usage", message: /each needs its name/ });
});

test("the nearest word is the one that was likely meant, and a far one is none", () => {
  const known = ["up", "status", "start", "graph", "openapi", "microservices"];
  for (const [word, near] of [
    ["pu", "up"],
    ["stauts", "status"],
    ["micro", "microservices"],
    ["OpenApi", "openapi"],
    ["deploy", null],
    ["", null],
  ] as const)
    assert.equal(nearest(word, known), near, word);
});
