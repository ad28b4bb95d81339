import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import fastify from "fastify";
import { addressOf, serveFiles } from "./static.ts";

const made: string[] = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

function folder(files: Record<string, string>): URL {
  const path = mkdtempSync(join(tmpdir(), "seamline-static-"));
  made.push(path);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return pathToFileURL(`${path}/`);
}

test("a file's address changes with its content and with nothing else", () => {
  const address = (content: string) => addressOf(serveFiles(fastify(), [folder({ "a.css": content })]), "a.css");
  assert.match(address("one"), /^\/static\/a\.[0-9a-f]{12}\.css$/);
  assert.equal(address("one"), address("one"));
  assert.notEqual(address("one"), address("two"));
});

test("a file is served with its type", async () => {
  const server = fastify();
  const files = serveFiles(server, [folder({ "a.css": "x" }), folder({ "b.js": "y" })]);
  const { headers, body } = await server.inject(addressOf(files, "b.js"));
  assert.deepEqual([headers["content-type"], body], ["text/javascript; charset=utf-8", "y"]);
});

test("what cannot be served, hides another or is not there is refused by name", () => {
  const refused = (files: Record<string, string>, pattern: RegExp) =>
    assert.throws(() => serveFiles(fastify(), [folder({ "a.css": "" }), folder(files)]), pattern);
  refused({ "notes.txt": "" }, /notes\.txt: a site serves \.css, \.js, \.svg files/);
  refused({ "a.css": "" }, /a\.css: sites share a file of this name/);
  assert.throws(() => addressOf(new Map([["a.css", "/a"]]), "b.css"), /"b\.css", which is not among a\.css/);
});
