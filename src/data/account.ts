import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, lstat, readdir } from "node:fs/promises";
import { constants, setPriority, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { SeamlineError } from "../contract/errors.ts";

/**
 * As whom PostgreSQL runs. It refuses to run as root, so under root it runs as uid 65534 (nobody). Where nobody may not
 * enter the directories (a project under /root), it runs in a user namespace instead, in which root without any of
 * root's capabilities appears as nobody. An ordinary user runs it directly.
 */
export interface Account {
  /** For `spawn`. */
  readonly uid?: number;
  readonly gid?: number;
  /** Words before the program's own. */
  readonly prefix: readonly string[];
  /** Whose the data files must be; null: they are already. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
}

const nobody = 65534;
const direct: Account = { prefix: [], owner: null };
const asNobody: Account = { uid: nobody, gid: nobody, prefix: [], owner: { uid: nobody, gid: nobody } };
const inNamespace: Account = { prefix: ["unshare", "--user", `--map-user=${nobody}`], owner: null };

/** What was found to work, by program and directory: a server that is started again needs no more tries. */
const chosen = new Map<string, Account>();

/** @throws SeamlineError `postgres_failed` when nothing works, with what was tried and the remedy */
export async function chooseAccount(directory: string, postgres: string): Promise<Account> {
  const key = `${postgres}\0${directory}`;
  const account = chosen.get(key) ?? (await tryAccounts(directory, postgres));
  chosen.set(key, account);
  return account;
}

async function tryAccounts(directory: string, postgres: string): Promise<Account> {
  const uid = process.getuid?.();
  if (uid !== 0 && hasName()) return direct;
  const asRoot: Account = { ...inNamespace, owner: { uid: 0, gid: 0 } };
  const tried: string[] = [];
  for (const account of uid === 0 ? [asNobody, asRoot] : [inNamespace]) {
    const probe = await run(account, ["sh", "-c", 'cd "$1" && exec "$2" --version', "sh", directory, postgres]);
    if (probe.code === 0) return account;
    const how = account.prefix.join(" ") || `as uid ${nobody}`;
    tried.push(`${how}: ${probe.output.trim() || `exit code ${probe.code}`}`);
  }
  const why = uid === 0 ? "refuses to run as root" : `refuses to run as uid ${uid}, which has no name`;
  throw new SeamlineError(
    "postgres_failed",
    `PostgreSQL ${why}, and nobody else may use both ${directory} and ${postgres} (${tried.join("; ")}): start as an ` +
      `ordinary user, or keep the data and the program where other users may enter, such as /srv`,
    { data: { directory, postgres, tried } },
  );
}

/** initdb refuses a uid that has no name, as in `docker run --user 12345`; a namespace lends it one. */
function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/** Whether a directory is the account's; its owner stands for all in it, see `giveTo`. */
export async function belongsTo(account: Account, path: string): Promise<boolean> {
  return account.owner === null || (await lstat(path)).uid === account.owner.uid;
}

/** Gives a directory and all in it to the account; the directory itself last, so that its owner says that all is done. */
export async function giveTo({ owner }: Account, path: string): Promise<void> {
  if (owner === null) return;
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  await Promise.all(entries.map((entry) => chown(join(entry.parentPath, entry.name), owner.uid, owner.gid)));
  await chown(path, owner.uid, owner.gid);
}

/**
 * The words that start a program which ends with this process. `setpriv` asks the kernel for SIGINT at the parent's
 * death; it must come after every change of user, which would cancel that. The shell covers the moment before: a parent
 * that died already is no longer the parent. Elsewhere than on Linux nothing of the kind exists. To the kernel the parent
 * is the thread that spawned: a server started from a worker thread ends with that thread.
 */
export function untilParentDies(account: Account, words: readonly string[]): string[] {
  if (process.platform !== "linux" || !inPath("setpriv")) return [...account.prefix, ...words];
  const check = 'test "$PPID" = "$1" || exit 1; shift; exec "$@"';
  return [...account.prefix, "setpriv", "--pdeathsig", "INT", "sh", "-c", check, "sh", String(process.pid), ...words];
}

function inPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => existsSync(join(directory, program)));
}

/** Nothing of the caller's PG… settings may reach the server; messages are in English because they are read here. */
export function environment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TMPDIR, TEMP } = process.env;
  return { PATH, SystemRoot, TMPDIR, TEMP, LC_ALL: "C", TZ: "UTC" };
}

export interface Finished {
  readonly code: number | null;
  /** stdout and stderr. */
  readonly output: string;
}

/**
 * Runs a program as the account until it ends; one that cannot be started ends with code null. It gives way to others: an
 * app may be at work while a server is made for one of its modules.
 *
 * @throws the signal's reason
 */
export function run(account: Account, words: readonly string[], input = "", signal?: AbortSignal): Promise<Finished> {
  const [program, ...args] = untilParentDies(account, words);
  const { uid, gid } = account;
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(program!, args, { uid, gid, cwd: "/", env: environment(), signal });
  giveWay(child.pid);
  let output = "";
  const add = (chunk: Buffer): unknown => (output += chunk.toString());
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  child.stdin.on("error", () => {}); // it ended before it read its input; its exit code says why
  child.on("error", (error) =>
    signal?.aborted ? reject(signal.reason) : resolve({ code: null, output: `${output}${error.message}` }),
  );
  child.on("close", (code) => resolve({ code, output }));
  child.stdin.end(input);
  return promise;
}

function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or may not be told.
  }
}
