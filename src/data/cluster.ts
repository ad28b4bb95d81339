import { createHash, randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { SeamlineError } from "../contract/errors.ts";
import { belongsTo, giveTo, run, type Account } from "./account.ts";
import { toVerifier } from "./address.ts";
import type { Binaries } from "./binaries.ts";
import { isAlive } from "./processes.ts";

/**
 * The files of one server. `DIRECTORY/cluster` holds `pgdata` and the superuser's `password`; it is made under another
 * name and renamed when it is complete, so a cluster that exists is whole, whoever was killed while making one.
 *
 * initdb takes nearly a second, so it runs once for each user and version, into a template under the system's
 * temporary directory, made in the same way; a new cluster is a copy of it (not on Windows, which has no `cp`). Its
 * superuser has no password, which with SCRAM means no login; each copy gets its own, in single-user mode, before anything
 * listens.
 */
export interface Cluster {
  readonly path: string;
  readonly pgdata: string;
  readonly password: string;
}

export const superuser = "postgres";

const initdbOptions = [
  ["-U", superuser, "--encoding=UTF8", "--no-sync", "--no-instructions"],
  // Every start brings its own rules of access; these would let nobody in.
  ["--auth=reject"],
  // The same order of text on every machine and version: modules move between servers.
  ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
  // Small segments: a copy costs less.
  ["--wal-segsize=4"],
].flat();

interface Making {
  readonly directory: string;
  readonly account: Account;
  readonly binaries: Binaries;
  readonly durable: boolean;
  readonly signal?: AbortSignal;
}

/** Opens the cluster of a directory, made first where there is none. Several processes may ask at once. */
export async function openCluster(making: Making): Promise<Cluster> {
  const { directory, account } = making;
  await removeAbandoned(directory, "cluster");
  const path = join(directory, "cluster");
  if (!(await exists(path))) await makeWhole(path, (inside) => fill(inside, making));
  const password = await readPassword(join(path, "password"));
  const pgdata = join(path, "pgdata");
  if (!(await belongsTo(account, pgdata))) await giveTo(account, pgdata); // it was made by a start of another kind
  return { path, pgdata, password };
}

async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    throw new SeamlineError(
      "postgres_failed",
      `the superuser's password cannot be read from ${path} (${(error as Error).message}): start as the user who made ` +
        `the data directory, or restore the file from a backup`,
      { data: { path }, cause: error },
    );
  }
}

async function fill(inside: string, making: Making): Promise<void> {
  const { account, binaries, durable, signal } = making;
  const pgdata = join(inside, "pgdata");
  if (!(await copyTemplate(pgdata, making))) await initdb(pgdata, making);
  const password = randomBytes(24).toString("base64url");
  // Single-user mode takes one statement a line, from stdin, where no other process can read it.
  const statement = `alter role ${superuser} password '${toVerifier(password)}'\n`;
  const words = [binaries.postgres, "--single", "-F", "-j", "-D", pgdata, "postgres"];
  await must("giving the superuser a password", run(account, words, `${statement}\n`, signal));
  await writeFile(join(inside, "password"), `${password}\n`, { mode: 0o600 });
  if (durable) await must("writing the cluster to disk", run(account, [binaries.initdb, "-S", pgdata], "", signal));
}

async function initdb(pgdata: string, { account, binaries, signal }: Making): Promise<void> {
  await mkdir(pgdata, { mode: 0o700 });
  await giveTo(account, pgdata);
  await must("initdb", run(account, [binaries.initdb, "-D", pgdata, ...initdbOptions], "", signal));
}

/** Copies the template, made first where there is none. False: it did not work, so the template is of no use here. */
async function copyTemplate(pgdata: string, making: Making): Promise<boolean> {
  const shelf = await templateShelf();
  if (shelf === null) return false;
  const template = join(shelf, await templateName(making));
  try {
    await removeAbandoned(shelf, basename(template));
    if (!(await exists(template))) await makeWhole(template, (inside) => fillTemplate(inside, making));
    await copy(join(template, "pgdata"), pgdata, making);
    const [count, all] = [await countIn(pgdata), Number(await readFile(join(template, "entries"), "utf8"))];
    if (count !== all) throw new Error(`${template} has ${count} entries instead of ${all}`);
    return true;
  } catch {
    making.signal?.throwIfAborted();
    // Programs that clean temporary directories delete single old files: such a template has to be made anew.
    await rm(template, { recursive: true, force: true });
    await rm(pgdata, { recursive: true, force: true });
    return false;
  }
}

async function fillTemplate(inside: string, making: Making): Promise<void> {
  await initdb(join(inside, "pgdata"), making);
  await writeFile(join(inside, "entries"), String(await countIn(join(inside, "pgdata"))));
}

async function countIn(directory: string): Promise<number> {
  return (await readdir(directory, { recursive: true })).length;
}

/** By a program of the account's: it gives way to others, takes half the processor's time, and owns what it makes. */
async function copy(from: string, to: string, { account, signal }: Making): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  await giveTo(account, to);
  await must("copying a cluster", run(account, ["cp", "-R", `${from}/.`, to], "", signal));
}

/** Where templates lie: a directory that nobody else can write. Under root others may enter it, because initdb must. */
async function templateShelf(): Promise<string | null> {
  if (process.platform === "win32") return null;
  const uid = process.getuid?.() ?? 0;
  const mode = uid === 0 ? 0o711 : 0o700;
  const shelf = join(tmpdir(), `seamline-${uid}`);
  try {
    if ((await mkdir(shelf, { recursive: true })) !== undefined) await chmod(shelf, mode);
    const found = await lstat(shelf);
    return found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0 ? shelf : null;
  } catch {
    return null;
  }
}

async function templateName({ binaries: { initdb: program }, account: { prefix, owner } }: Making): Promise<string> {
  const { size, mtimeMs } = await stat(program);
  const identity = [program, size, mtimeMs, ...initdbOptions, ...prefix, owner?.uid].join("\n");
  return `cluster-${createHash("sha256").update(identity).digest("hex").slice(0, 16)}`;
}

/** Makes a directory under another name and renames it when complete. Whoever is second uses the first one's. */
async function makeWhole(path: string, make: (inside: string) => Promise<void>): Promise<void> {
  const inside = await mkdtemp(`${path}.${process.pid}.`);
  try {
    await chmodOpen(inside);
    await make(inside);
    await rename(inside, path).catch(async (error: unknown) => {
      if (!(await exists(path))) throw error;
    });
    await syncDirectory(join(path, ".."));
  } finally {
    await rm(inside, { recursive: true, force: true, maxRetries: 5 }); // a program that was stopped may still write
  }
}

/** Lets the server's user through to what inside is its own, whatever this process's umask. */
export function chmodOpen(directory: string): Promise<void> {
  return chmod(directory, 0o711);
}

/** Removes what processes that no longer live had begun to make, as NAME.PID.RANDOM. What is not ours stays. */
export async function removeAbandoned(directory: string, name: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const pid = entry.startsWith(`${name}.`) ? Number(entry.slice(name.length + 1).split(".")[0]) : 0;
    if (pid > 0 && !isAlive(pid)) await rm(join(directory, entry), { recursive: true, force: true }).catch(() => {});
  }
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return; // a directory cannot be opened there
  await using handle = await open(path);
  await handle.sync();
}

async function must(what: string, ended: ReturnType<typeof run>): Promise<void> {
  const { code, output } = await ended;
  if (code === 0) return;
  // The programs tell all that they do; what went wrong is in the lines that say so, else at the end.
  const lines = output.trim().split("\n");
  const wrong = lines.filter((line) => /\b(?:error|FATAL|PANIC|HINT):/.test(line));
  const reason = (wrong.length > 0 ? wrong : lines).slice(-5).join("\n  ");
  throw new SeamlineError("postgres_failed", `${what} failed (exit code ${code}):\n  ${reason}`, {
    data: { code, output },
  });
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}
