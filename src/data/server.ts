import { spawn, type ChildProcess } from "node:child_process";
import {
  access as fsAccess,
  chmod,
  constants,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";
import { chooseAccount, environment, untilParentDies, type Account } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { chmodOpen, openCluster, superuser, type Cluster } from "./cluster.ts";
import { choosePort, portInUse } from "./port.ts";
import { clearDirectory, end, launcherSetting } from "./postmaster.ts";

/**
 * Starts the PostgreSQL that npm installed, as a child of this process.
 *
 * It promises: a server that answers, on 127.0.0.1 alone, with a generated password; the same data and, where it is
 * still free, the same port at the next start, also after the server or this process was killed; on Linux no server
 * that outlives this process. It leaves to others: what is in the server (`provision`), and starting it again when
 * it ends by itself (`exited`).
 */
export interface PostgresServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly pid: number;
  /** URL of the superuser, with its password: for provisioning only. */
  readonly adminUrl: string;
  readonly directory: string;
  /** Resolves when the server has ended, for whatever reason. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends the server and its sessions; committed data is safe. May be called twice. */
  stop(): Promise<void>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerOptions {
  /** Everything of the server lies here; made if missing. Under root it should be where other users may enter. */
  readonly directory: string;
  /** false: a power cut may ruin the data. For throw-away servers. Default true. */
  readonly durable?: boolean;
  /** Default: that of the last start if it is free, else any free one. */
  readonly port?: number;
  readonly signal?: AbortSignal;
}

/** How long a start may take; more hides a failure, less fails on a busy machine. */
const startMs = 10_000;
/** How long a server that says it is repairing its data after a crash may take. */
const recoveryMs = 120_000;

const host = "127.0.0.1";

const settings = `# Written at every start; use ALTER SYSTEM to change a setting for good.
listen_addresses = '${host}'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '16MB'
# Logical replication carries a module's data when it moves; a subscriber that died must not fill this disk.
wal_level = 'logical'
max_slot_wal_keep_size = '1GB'
# Enough for ten modules that have left and may come back. More costs memory. A lost link is tried again soon.
max_replication_slots = 20
max_wal_senders = 20
max_active_replication_origins = 20
max_worker_processes = 18
max_logical_replication_workers = 14
wal_retrieve_retry_interval = '500ms'
# No helper processes for reading: this server is small.
io_method = 'sync'
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
`;
const settingsOfUnix = `# A statement whose client is gone ends soon.
client_connection_check_interval = '1s'
# Shared memory in the data directory: a killed server leaves nothing elsewhere.
dynamic_shared_memory_type = 'mmap'
`;
const settingsOfThrowAway = `fsync = off
synchronous_commit = off
full_page_writes = off
`;
const access = `host all all ${host}/32 scram-sha-256\n`;

/**
 * @throws SeamlineError `postgres_missing`; `postgres_failed` with the end of the server's log; `port_in_use` for a port
 *   that was asked for; `already_running` when a living process has a server in this directory; the signal's reason
 */
export async function startServer(options: ServerOptions): Promise<PostgresServer> {
  const { durable = true, signal } = options;
  signal?.throwIfAborted();
  const binaries = await findBinaries();
  const directory = await openDirectory(options.directory);
  const account = await chooseAccount(directory, binaries.postgres);
  const cluster = await openCluster({ directory, account, binaries, durable, signal });
  const parts = [settings, process.platform === "win32" ? "" : settingsOfUnix, durable ? "" : settingsOfThrowAway];
  await writeWhole(join(cluster.path, "postgresql.conf"), parts.join(""));
  await writeWhole(join(cluster.path, "pg_hba.conf"), access);
  const launch = { directory, account, cluster, postgres: binaries.postgres };

  const deadline = performance.now() + startMs;
  for (;;) {
    await clearDirectory(cluster.pgdata, signal);
    const port = await choosePort(join(directory, "port"), options.port);
    const attempt = await begin(launch, port);
    const failure = await untilReady(attempt, deadline, signal);
    if (failure === null) {
      await writeWhole(join(directory, "port"), `${port}\n`);
      return attempt.server;
    }
    await attempt.server.stop();
    signal?.throwIfAborted();
    if (performance.now() > deadline || !mayPass(failure, options.port)) throw failed(attempt, failure);
    await sleep(50, undefined, { signal });
  }
}

/** Makes the directory where it is missing. @returns its path without symbolic links */
async function openDirectory(path: string): Promise<string> {
  try {
    // Not 0700: under root the server runs as somebody else. What is secret inside has its own rights.
    if ((await mkdir(path, { recursive: true })) !== undefined) await chmodOpen(path);
    await fsAccess(path, constants.W_OK);
    return await realpath(path);
  } catch (error) {
    const message = `the data directory ${path} cannot be used (${(error as Error).message}): choose one that can be written`;
    throw new SeamlineError("postgres_failed", message, { data: { directory: path }, cause: error });
  }
}

/** Whether another try can help: someone else took the port, or what a killed server left is not gone yet. */
function mayPass(failure: Failure, asked: number | undefined): boolean {
  if (/address already in use/i.test(failure.log)) return asked === undefined;
  return /pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(failure.log);
}

function failed({ server, logPath }: Attempt, failure: Failure): SeamlineError {
  const data = { directory: server.directory, port: server.port, log: failure.log };
  if (/address already in use/i.test(failure.log)) return portInUse(server.port);
  const last = failure.log.trim().split("\n").slice(-12).join("\n");
  return new SeamlineError(
    "postgres_failed",
    `PostgreSQL did not start: ${failure.what}; the end of ${logPath}:\n${last}`,
    {
      data,
      cause: failure.cause,
    },
  );
}

interface Launch {
  readonly directory: string;
  readonly account: Account;
  readonly cluster: Cluster;
  readonly postgres: string;
}

interface Attempt {
  readonly server: PostgresServer;
  readonly logPath: string;
  /** What this start wrote to the log. */
  log(): Promise<string>;
}

interface Failure {
  readonly what: string;
  readonly log: string;
  readonly cause?: unknown;
}

async function begin(launch: Launch, port: number): Promise<Attempt> {
  const { directory, account, cluster } = launch;
  const logPath = join(directory, "log");
  const before = await rotate(logPath);
  const words = [launch.postgres, "-D", cluster.pgdata, "-p", String(port)];
  const files = ["-c", `config_file=${cluster.path}/postgresql.conf`, "-c", `hba_file=${cluster.path}/pg_hba.conf`];
  words.push(...files, "-c", `${launcherSetting}=${process.pid}`);
  const log = await open(logPath, "a", 0o600);
  try {
    const child = start(account, words, log.fd);
    return {
      server: toServer(child, launch, port),
      logPath,
      log: async () => (await readFile(logPath)).subarray(before).toString(),
    };
  } finally {
    await log.close();
  }
}

function start(account: Account, words: string[], log: number): ChildProcess {
  const [program, ...args] = untilParentDies(account, words);
  const { uid, gid } = account;
  // In a session of its own, so that Ctrl-C in a terminal reaches only us and the server stays until we have finished.
  return spawn(program!, args, { uid, gid, cwd: "/", env: environment(), stdio: ["ignore", log, log], detached: true });
}

/** Servers that run: one listener for all, because a comparison has dozens. */
const running = new Set<ChildProcess>();

function endAll(): void {
  for (const child of running) child.kill("SIGINT");
}

function keepUntilExit(child: ChildProcess): void {
  if (running.size === 0) process.on("exit", endAll);
  running.add(child);
}

function forget(child: ChildProcess): void {
  if (running.delete(child) && running.size === 0) process.off("exit", endAll);
}

function toServer(child: ChildProcess, { directory, cluster }: Launch, port: number): PostgresServer {
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  let ended = false;
  const settle = (exit: Exit): void => {
    ended = true;
    forget(child);
    resolve(exit);
  };
  child.once("error", () => settle({ code: null, signal: null })); // it could not be spawned: it has no pid either
  child.once("exit", (code, signal) => settle({ code, signal }));
  keepUntilExit(child);
  const stop = async (): Promise<void> => {
    if (!ended && child.pid !== undefined) await end(child.pid, () => ended);
  };
  const adminUrl = `postgres://${superuser}:${cluster.password}@${host}:${port}/postgres`;
  return { host, port, pid: child.pid ?? 0, adminUrl, directory, exited, stop };
}

/** Waits until a login works. A server that repairs its data after a crash answers, and gets more time. */
async function untilReady(attempt: Attempt, deadline: number, signal?: AbortSignal): Promise<Failure | null> {
  const { server } = attempt;
  let exit: Exit | undefined;
  void server.exited.then((value) => (exit = value));
  let until = deadline;
  for (;;) {
    const refused = await tryLogin(server.adminUrl);
    if (refused === null && exit === undefined) return null;
    if (refused?.code === "57P03") until = Math.max(until, deadline - startMs + recoveryMs);
    const what =
      exit !== undefined
        ? `it ended with ${exit.signal ?? (exit.code === null ? "no process" : `exit code ${exit.code}`)}`
        : signal?.aborted
          ? "the start was given up"
          : performance.now() > until
            ? `no login within ${Math.round((until - deadline + startMs) / 1000)} s`
            : null;
    if (what !== null) return { what, log: await attempt.log(), cause: refused };
    await Promise.race([sleep(10), server.exited]);
  }
}

async function tryLogin(url: string): Promise<(Error & { code?: string }) | null> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
  client.on("error", () => {}); // told by connect() or of no interest after it
  try {
    await client.connect();
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Starts a new log when the old one is large, of which it keeps one. @returns the size of the log now */
async function rotate(path: string): Promise<number> {
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  if (size < 4_000_000) return size;
  await rename(path, `${path}.1`);
  return 0;
}

/** Replaces a file in one step, readable for the server's user. */
async function writeWhole(path: string, text: string): Promise<void> {
  const next = `${path}.${process.pid}`;
  await writeFile(next, text);
  await chmod(next, 0o644);
  await rename(next, path);
}
