import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { errorCodes } from "../src/contract/errors.ts";
import { loadGraph } from "../src/module/graph.ts";
import { checkTopology } from "../src/topology/check.ts";
import type { Topology } from "../src/topology/topology.ts";

const root = join(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const documents = globSync("{*.md,docs/**/*.md,decisions/*.md,apps/**/*.md,bench/*.md}", { cwd: root });

interface Block {
  readonly language: string;
  readonly text: string;
}

function blocks(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({ language: match[1]!, text: match[2]! }));
}

function headings(text: string): { level: number; title: string }[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^(#+) (.+)$/gm)].map((match) => ({ level: match[1]!.length, title: match[2]! }));
}

/** The commands of a document's shell blocks, without comments. */
function commands(text: string): string[] {
  return blocks(text)
    .filter((block) => block.language === "sh")
    .flatMap((block) => block.text.split("\n"))
    .map((line) => line.replace(/\s*#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** What a document asks a reader to type and that does not exist. */
function unknownCommands(text: string): string[] {
  const scripts = Object.keys(JSON.parse(read("package.json")).scripts);
  const cli = [...read("src/cli/cli.ts").matchAll(/import\("\.\/commands\/([\w-]+)\.ts"\)/g)].map((match) => match[1]!);
  return commands(text).filter((line) => {
    const script = /^npm (?:run )?(start|test|(?<=run )\S+)/.exec(line)?.[1];
    const command = /^(?:npx )?seamline (\w+)/.exec(line)?.[1];
    return (script !== undefined && !scripts.includes(script)) || (command !== undefined && !cli.includes(command));
  });
}

/** Relative links of a document that lead nowhere. */
function deadLinks(file: string, text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
    .map((match) => match[1]!)
    .filter((target) => !existsSync(join(root, dirname(file), target)));
}

/** Words of the machine or registry on which something was written. */
function strangers(text: string): string[] {
  return text.match(/(?<![\w.])\/(?:work|root|home\/\w+)\/[\w.-]+|"resolved": "http|registry\.npmjs\.org/g) ?? [];
}

for (const file of ["docs/errors.md", "docs/ko/errors.md"])
  test(`${file} has an entry for each error code, and no other`, () => {
    const entries = headings(read(file)).filter((heading) => heading.level === 3);
    assert.deepEqual(entries.map((entry) => entry.title.replaceAll("`", "")).sort(), Object.keys(errorCodes).sort());
  });

test("the commands that documents name exist", () => {
  assert.deepEqual(
    documents.flatMap((file) => unknownCommands(read(file))),
    [],
  );
  assert.deepEqual(unknownCommands("```sh\nnpm run nothing\nnpx seamline fly\nnpm test\n```\n"), [
    "npm run nothing",
    "npx seamline fly",
  ]);
});

test("the Korean README says what the English one says", () => {
  const [english, korean] = [read("README.md"), read("README.ko.md")];
  const shape = (text: string): unknown => headings(text).map((heading) => heading.level);
  assert.deepEqual(shape(korean), shape(english));
  assert.deepEqual(commands(korean), commands(english));
  assert.deepEqual(programs("README.ko.md"), programs("README.md"));
});

test("the Korean page about modules has the same programs and names the same tests", () => {
  const [english, korean] = ["docs/modules.md", "docs/ko/modules.md"] as const;
  assert.deepEqual(programs(korean), programs(english));
  assert.deepEqual(testsNamed(korean), testsNamed(english));
});

test("links lead to files that exist", () => {
  assert.deepEqual(
    documents.flatMap((file) => deadLinks(file, read(file)).map((target) => `${file}: ${target}`)),
    [],
  );
  assert.deepEqual(deadLinks("README.md", "[x](docs/nothing.md)"), ["docs/nothing.md"]);
});

test("the repository speaks only of itself", () => {
  const files = globSync("{*,.ci/*,{src,apps,test,bench,bin,scripts,docs,decisions}/**/*}.{md,ts,mjs,json,css,js}", {
    cwd: root,
  });
  assert.ok(files.length > 20);
  const found = files
    .filter((file) => !file.includes("node_modules") && file !== "test/docs.test.ts")
    .flatMap((file) => strangers(read(file)).map((word) => `${file}: ${word}`));
  assert.deepEqual(found, []);
  assert.equal(strangers("see /root/notes and /work/x").length, 2);
});

mkdirSync(join(root, ".seamline"), { recursive: true });
const folder = mkdtempSync(join(root, ".seamline", "documents-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a document's program, each block into the file that its first line names. @returns the folder */
function writeProgram(document: string): string {
  const place = join(folder, document.replaceAll("/", "-"));
  for (const { text } of programs(document)) {
    const path = join(place, /^\/\/ (\S+\.ts)$/m.exec(text)![1]!);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  writeFileSync(join(place, "tsconfig.json"), `{ "extends": "../../../tsconfig.json", "include": ["**/*.ts"] }`);
  return place;
}

function programs(document: string): Block[] {
  return blocks(read(document)).filter((block) => block.language === "ts");
}

for (const document of ["README.md", "docs/modules.md"])
  test(`the program in ${document} compiles and is a sound app that fits its topologies`, async () => {
    const place = writeProgram(document);
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", place], { encoding: "utf8", timeout: 60_000 });
    assert.equal(status, 0, stdout);
    const url = pathToFileURL(join(place, "app.ts")).href;
    const { default: app } = await import(url);
    const graph = await loadGraph(app, url);
    assert.deepEqual(graph.problems, []);
    for (const each of Object.values(app.topologies)) assert.deepEqual(checkTopology(graph, each as Topology), []);
  });

test("a file of the README's program has at most 30 lines", () => {
  assert.ok(programs("README.md").length > 0);
  for (const { text } of programs("README.md")) assert.ok(text.trim().split("\n").length <= 30);
});

/** What the rows with "….test.ts" in them quote; "…" stands for what was left out. */
function testsNamed(document: string): string[] {
  const rows = read(document).match(/^\|.*\.test\.ts`.*$/gm) ?? [];
  const cells = rows.map((row) => row.slice(row.indexOf(".test.ts`")));
  return cells.flatMap((cell) => [...cell.matchAll(/"([^"]+)"/g)].map((match) => match[1]!.replaceAll("…", "")));
}

test("the tests that docs/modules.md names exist", () => {
  const files = globSync("test/**/*.test.ts", { cwd: root }).map(read).join("\n");
  const named = testsNamed("docs/modules.md");
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((claim) => !files.includes(claim)),
    [],
  );
});
