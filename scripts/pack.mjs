/**
 * Makes one file each of packages that consist of hundreds, in `packed/`, with a list of them. src/kernel/packed.ts says what for.
 */
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./setup.mjs";

/** What is imported from each. A package that is imported by a name beside these would be there twice. */
const entries = { kysely: ["kysely", "kysely/migration"], zod: ["zod"] };

const directory = join(root, "packed");
const list = join(directory, "packed.json");

/** Does nothing where they are there as installed. What fails is told: without them, processes only start more slowly. */
export async function pack() {
  try {
    await packAll();
  } catch (error) {
    console.error(`packages could not be packed, so processes start more slowly: ${error.message}`);
  }
}

async function packAll() {
  const versions = Object.fromEntries(Object.keys(entries).map((name) => [name, versionOf(name)]));
  const wanted = JSON.stringify(versions);
  if (existsSync(list) && JSON.stringify(JSON.parse(readFileSync(list, "utf8")).versions) === wanted) return;
  rmSync(directory, { recursive: true, force: true });
  const { build } = await import("esbuild");
  const specifiers = Object.values(entries).flat();
  const fileOf = (specifier) => specifier.replaceAll("/", "-");
  await build({
    entryPoints: specifiers.map((specifier) => ({ in: specifier, out: fileOf(specifier) })),
    absWorkingDir: root,
    outdir: directory,
    bundle: true,
    // What two entries share is a file of its own, so that it is there once.
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node26",
    logLevel: "error",
  });
  for (const name of Object.keys(entries))
    cpSync(join(root, "node_modules", name, "LICENSE"), join(directory, `${name}.LICENSE`));
  const files = Object.fromEntries(specifiers.map((specifier) => [specifier, `${fileOf(specifier)}.js`]));
  writeFileSync(list, `${JSON.stringify({ versions, files }, null, 2)}\n`);
}

function versionOf(name) {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await pack();
