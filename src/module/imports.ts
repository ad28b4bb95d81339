import { readFile } from "node:fs/promises";
import { basename, dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Loader } from "./app.ts";
import type { Problem } from "./graph.ts";

/**
 * Finds modules that reach into each other's folders. Of another module's folder, only its contract may be imported: a
 * file called `contract` or `<anything>.contract`. A shared variable or function would tie two modules together in a way
 * that no network can carry.
 *
 * Reads import specifiers with a pattern rather than a parser: it only has to find relative paths.
 */

const specifiers = /\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g;
const contractFile = /^(?:.+\.)?contract\.[cm]?[jt]s$/;

/** The file a loader such as `() => import("./board/board.ts")` loads, told from its source; null if it cannot be told. */
export function fileOf(loader: Loader<unknown>, appUrl: string): string | null {
  const match = /import\(\s*["'](\.{1,2}\/[^"']+)["']\s*\)/.exec(loader.toString());
  return match ? fileURLToPath(new URL(match[1]!, appUrl)) : null;
}

/** Anything of an app that has a folder of its own. */
interface Part {
  readonly name: string;
  readonly file: string | null;
}

export async function reachingImports(parts: readonly Part[]): Promise<Problem[]> {
  const placed = parts.filter((part): part is Part & { file: string } => part.file !== null);
  const problems: Problem[] = [];
  for (const part of placed) {
    const others = placed.filter((other) => other !== part);
    for (const { file, target } of await importsFrom(part.file)) {
      const other = others.find((other) => reaches(part.file, other.file, target));
      if (!other) continue;
      problems.push({
        code: "app_invalid",
        where: file,
        message: `"${part.name}" imports ${target}, which is inside "${other.name}"`,
        remedy: `Import only the contract of "${other.name}", and ask it through uses`,
      });
    }
  }
  return problems;
}

/** Every relative import of the files that belong to a part: its own file and what that leads to inside its folder. */
async function importsFrom(entry: string): Promise<{ file: string; target: string }[]> {
  const folder = dirname(entry) + sep;
  const found: { file: string; target: string }[] = [];
  const seen = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = await readFile(file, "utf8").catch(() => "");
    for (const match of text.matchAll(specifiers)) {
      const target = resolve(dirname(file), match[1]!);
      found.push({ file, target });
      if (target.startsWith(folder)) queue.push(target);
    }
  }
  return found;
}

function reaches(from: string, into: string, target: string): boolean {
  if (contractFile.test(basename(target))) return false;
  if (target === into) return true;
  const folder = dirname(into) + sep;
  return target.startsWith(folder) && !from.startsWith(folder);
}
