import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup.mjs";

/** Arguments for Node that run a program of an installed package. */
export function tool(name, program, args = []) {
  const directory = join(root, "node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
  return [join(directory, typeof bin === "string" ? bin : bin[program]), ...args];
}
