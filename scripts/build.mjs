/**
 * Builds the package that is published, and proves that it can be used.
 *
 * 1. `dist/`: JavaScript and declarations of `src/` and `apps/`, static files, `bin/`, documents, and a `package.json` of
 *    its own: type stripping does not work inside `node_modules`, so what is published must be JavaScript.
 * 2. `dist-pack/seamline-<version>.tgz`, examined by publint and attw.
 * 3. A new project in a temporary folder installs that file, type-checks a small program against it, runs it, and runs
 *    `npx seamline` where the command exists.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root } from "./setup.mjs";
import { tool } from "./tool.mjs";

const dist = join(root, "dist");
const packs = join(root, "dist-pack");

function step(name, command, args, cwd = root) {
  const started = performance.now();
  const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: "utf8", timeout: 300_000 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (status !== 0) throw new Error(`${name} failed\n${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
  return stdout;
}

const node = (name, args, cwd) => step(name, process.execPath, args, cwd);

function compile() {
  for (const directory of [dist, packs]) rmSync(directory, { recursive: true, force: true });
  node("compile", tool("typescript", "tsc", ["-p", "tsconfig.build.json"]));
  const other = globSync("{src,apps}/**/*", { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  for (const path of [...other, "bin", "packed", "docs/errors.md", "README.md", "README.ko.md", "LICENSE"])
    if (existsSync(join(root, path))) cpSync(join(root, path), join(dist, path), { recursive: true });
  checkFileNames();
}

/** tsc rewrites imports, but not the names of files that are spawned or read; such a name must not say ".ts". */
function checkFileNames() {
  for (const file of globSync("**/*.js", { cwd: dist })) {
    const match = /new URL\(\s*["'`][^"'`]*\.ts["'`]/.exec(readFileSync(join(dist, file), "utf8"));
    if (match) throw new Error(`${file}: ${match[0]} names a TypeScript file, which dist does not have`);
  }
}

function writePackage() {
  const { version, description, keywords, license, type, bin, exports, dependencies, optionalDependencies } = readJson(
    join(root, "package.json"),
  );
  const publicExports = Object.entries(exports).map(([path, source]) => {
    const file = source.replace(/\.ts$/, "");
    return [path, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  const optional = Object.entries(optionalDependencies).filter(([name]) => !name.startsWith("node-"));
  writeJson(join(dist, "package.json"), {
    ...{ name: "seamline", version, description, keywords, license, type },
    // A clone begins with an older Node, because its scripts fetch this one; a program that imports the package cannot.
    engines: { node: ">=26" },
    bin: Object.fromEntries(Object.entries(bin).map(([name, path]) => [name, path.replace(/^\.\//, "")])),
    exports: { ...Object.fromEntries(publicExports), "./package.json": "./package.json" },
    files: ["src", "apps", "bin", "packed", "docs", "README.ko.md"],
    dependencies,
    optionalDependencies: Object.fromEntries(optional),
  });
}

function pack() {
  mkdirSync(packs, { recursive: true });
  step("pack", "npm", ["pack", "--silent", "--pack-destination", packs], dist);
  const [file] = globSync("*.tgz", { cwd: packs });
  node("publint", tool("publint", "publint", ["--strict", "dist"]));
  node("attw", tool("@arethetypeswrong/cli", "attw", [join(packs, file), "--profile", "esm-only"]));
  return join(packs, file);
}

const program = `import { app, command, contract, module, topology, type Client } from "seamline";
import { z } from "zod";

const greetings = contract("greetings", {
  greet: command({ input: z.object({ name: z.string() }), output: z.object({ text: z.string() }) }),
});
const greeter = module(greetings, { greet: async (input) => ({ text: \`Hello, \${input.name}\` }) });

export async function use(client: Client<typeof greetings>): Promise<string> {
  // @ts-expect-error the contract says what an input is
  await client.greet({ nam: "Ada" });
  return (await client.greet({ name: "Ada" })).text;
}
topology({ processes: { hello: { modules: ["greetings"] } } });
console.log(greeter.name);
export default app("hello", { modules: { greetings: async () => ({ default: greeter }) } });
`;

/** What a user does, in a folder that knows nothing of this repository. */
function consume(packed) {
  const { dependencies, devDependencies } = readJson(join(root, "package.json"));
  const folder = mkdtempSync(join(tmpdir(), "seamline-consumer-"));
  try {
    writeJson(join(folder, "package.json"), {
      ...{ name: "consumer", private: true, type: "module" },
      dependencies: { seamline: `file:${packed}`, zod: dependencies.zod },
      devDependencies: { "@types/node": devDependencies["@types/node"] },
    });
    const compilerOptions = { module: "nodenext", target: "es2024", strict: true, noEmit: true, skipLibCheck: true };
    writeJson(join(folder, "tsconfig.json"), {
      compilerOptions: { ...compilerOptions, types: ["node"] },
      include: ["*.ts"],
    });
    writeFileSync(join(folder, "app.ts"), program);
    step("a new project installs it", "npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts"], folder);
    node("its program type-checks", tool("typescript", "tsc", ["-p", "."]), folder);
    const printed = node("its program runs", ["app.ts"], folder).trim();
    if (printed !== "greetings") throw new Error(`the program printed ${JSON.stringify(printed)}`);
    if (existsSync(join(dist, "bin")))
      step("npx seamline check", "npx", ["--no-install", "seamline", "check", "./app.ts"], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

try {
  compile();
  writePackage();
  const packed = pack();
  consume(packed);
  console.log(`\n${packed}`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
