import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

/**
 * Imported first, it has this process load packages that consist of hundreds of files from one file each (`packed/`, made
 * by scripts/pack.mjs): of what a process with a module needed until it was ready, a third was finding and linking the
 * files of two packages (`npm run bench -- start`).
 *
 * A package is taken from there only where it would be of the same version, so an app may bring its own. Without the
 * directory everything is loaded as ever.
 *
 * It also says at once which file one of ours means by another one, by a path that is written in full; Node would look
 * beside it on the disk for each, and for what kind of file it is.
 */
interface Packed {
  /** By the packages' names. */
  readonly versions: Readonly<Record<string, string>>;
  /** By what is imported: names of files beside the list. */
  readonly files: Readonly<Record<string, string>>;
}

const directory = new URL("../../packed/", import.meta.url);
const ours = new URL("../", import.meta.url).href;
const format = import.meta.url.endsWith(".ts") ? "module-typescript" : "module";
const packed = listed();
/** By the URLs of packages' entries. */
const same = new Map<string, boolean>();

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith(".") && context.parentURL?.startsWith(ours) === true)
      return { format, url: new URL(specifier, context.parentURL).href, shortCircuit: true };
    const found = next(specifier, context);
    const file = packed?.files[specifier];
    if (file === undefined || !isSame(specifier, found.url)) return found;
    return { ...found, format: "module", url: new URL(file, directory).href };
  },
});

function listed(): Packed | null {
  try {
    return JSON.parse(readFileSync(new URL("packed.json", directory), "utf8")) as Packed;
  } catch {
    return null;
  }
}

function isSame(specifier: string, url: string): boolean {
  let known = same.get(url);
  if (known === undefined) same.set(url, (known = isVersion(specifier.split("/", 1)[0]!, url)));
  return known;
}

function isVersion(name: string, url: string): boolean {
  const [before] = url.split(`/node_modules/${name}/`);
  try {
    const text = readFileSync(new URL(`${before}/node_modules/${name}/package.json`), "utf8");
    return (JSON.parse(text) as { version: string }).version === packed!.versions[name];
  } catch {
    return false;
  }
}
