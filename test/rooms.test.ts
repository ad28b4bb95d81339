import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

/** Rooms of src/, ground floor first: a file imports from its own room and from those before it. */
const rooms = [
  ...["contract", "module", "topology", "record", "data", "wire", "edge", "faults", "kernel", "deploy"],
  ...["load", "compare", "advise", "split", "console", "cli"],
];

const root = join(import.meta.dirname, "..");

interface Source {
  readonly file: string;
  readonly text: string;
}

function sources(pattern: string): Source[] {
  return globSync(pattern, { cwd: root }).map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
}

/** What a file imports, or names as the file of a worker or process; relative paths from the repository's root. */
function importsOf({ file, text }: Source): string[] {
  const code = text.replaceAll(/^\s*\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = [
    ...code.matchAll(/^\s*(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"/gm),
    ...code.matchAll(/^\s*import\s+"([^"]+)"/gm),
    ...code.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g),
    ...code.matchAll(/\bnew URL\(\s*"(\.[^"]+)"/g),
  ].map((match) => match[1]!);
  return found.map((name) => (name.startsWith(".") ? normalize(join(dirname(file), name)) : name));
}

function roomOf(file: string): string | null {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? null;
}

function upward(source: Source): string[] {
  const own = rooms.indexOf(roomOf(source.file) ?? "");
  return importsOf(source).filter((target) => {
    const room = roomOf(target);
    return target === "seamline" || target === "src/index.ts" || (room !== null && rooms.indexOf(room) > own);
  });
}

function roomless({ file }: Source): boolean {
  return file !== "src/index.ts" && !rooms.includes(roomOf(file) ?? "");
}

function reachingInside(source: Source): string[] {
  return importsOf(source).filter((target) => /^(src|test|bench|scripts)\//.test(target));
}

function nodeOnly(source: Source): string[] {
  const code = source.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const globals = [...code.matchAll(/\b(Buffer|process|__dirname|require)\b(?=[.([])/g)].map((match) => match[1]!);
  return [...importsOf(source).filter((target) => target.startsWith("node:")), ...globals];
}

/** Tests, and what only tests use; neither is published. */
const isTest = ({ file }: Source): boolean => /\.test\.ts$|\/testing(\.ts$|\/)/.test(file);

/** Every rule on real files gives nothing; on a file made to break it, something: so that the rule can fail. */
function holds(
  name: string,
  rule: (source: Source) => readonly string[] | boolean,
  over: Source[],
  broken: Source,
): void {
  test(name, () => {
    assert.ok(over.length > 0, "no file to check");
    const offences = over.flatMap((source) => {
      const found = rule(source);
      return found === false || (found !== true && found.length === 0) ? [] : [`${source.file}: ${String(found)}`];
    });
    assert.deepEqual(offences, []);
  });
  test(`${name}: a file that breaks the rule is found`, () => {
    const found = rule(broken);
    assert.ok(found === true || (found !== false && found.length > 0));
  });
}

const all = sources("src/**/*.ts");

holds(
  "imports run downwards only",
  upward,
  all.filter((source) => source.file !== "src/index.ts"),
  {
    file: "src/data/data.ts",
    text: `import type {\n  Wire,\n} from "../wire/wire.ts";`,
  },
);
holds("every file of src/ is in a room", roomless, all, { file: "src/common/things.ts", text: "" });
holds(
  "apps use the public door",
  reachingInside,
  sources("apps/**/*.ts").filter((source) => !isTest(source)),
  {
    file: "apps/board/app.ts",
    text: `const x = await import("../../src/module/app.ts");`,
  },
);
holds(
  "contracts can be loaded by a browser",
  nodeOnly,
  all.filter((source) => roomOf(source.file) === "contract" && !isTest(source)),
  {
    file: "src/contract/contract.ts",
    text: `export const id = Buffer.from("x");`,
  },
);
