import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { errorCodes } from "../src/contract/errors.ts";

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
  const programs = (text: string): unknown => blocks(text).filter((block) => block.language === "ts");
  assert.deepEqual(shape(korean), shape(english));
  assert.deepEqual(commands(korean), commands(english));
  assert.deepEqual(programs(korean), programs(english));
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

const programs = blocks(read("README.md")).filter((block) => block.language === "ts");
mkdirSync(join(root, ".seamline"), { recursive: true });
const folder = mkdtempSync(join(root, ".seamline", "readme-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("the README's program compiles and is an app", async () => {
  for (const { text } of programs) writeFileSync(join(folder, /^\/\/ (\S+\.ts)$/m.exec(text)![1]!), text);
  writeFileSync(join(folder, "tsconfig.json"), `{ "extends": "../../tsconfig.json", "include": ["*.ts"] }`);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", timeout: 60_000 });
  assert.equal(status, 0, stdout);
  const { default: app } = await import(pathToFileURL(join(folder, "app.ts")).href);
  assert.equal(app.type, "app");
  for (const [name, load] of Object.entries<() => Promise<{ default: { name: string } }>>(app.modules))
    assert.equal((await load()).default.name, name);
});

test("the README's program is at most 30 lines a file", () => {
  assert.ok(programs.length > 0);
  for (const { text } of programs) assert.ok(text.trim().split("\n").length <= 30);
});
