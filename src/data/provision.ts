import pg from "pg";
import { SeamlineError } from "../contract/errors.ts";
import type { DataTopology } from "../topology/topology.ts";
import { fit, poolRoleOf, roleOf, schemaOf, passwordOf, toAddress, toVerifier } from "./address.ts";
import type { StoreAddress } from "./data.ts";
import { launcherSetting } from "./postmaster.ts";

/**
 * Gives each module of a deployment its place in a PostgreSQL server: a schema that its own login role alone may use,
 * in the deployment's database. It can be repeated, by several processes at once, and changes nothing that is right
 * already. Schemas belong to the administrator, so a module cannot give its rights away; its tables belong to its role.
 */
export interface ProvisionOptions {
  /** A login that may create roles and databases. */
  readonly adminUrl: string;
  /** Its name sets this deployment's roles apart from others' on the server. */
  readonly deployment: string;
  /** The passwords follow from it. It must stay the same for as long as the deployment lives. */
  readonly secret: string;
  readonly modules: readonly string[];
  /** In "server-per-module", call once for each server with the module that it holds. */
  readonly dataTopology: DataTopology;
  /** Created if missing. Default: the deployment's name. */
  readonly database?: string;
}

/** How long one statement, and the wait for others who provision at the same time, may take. */
const statementMs = 30_000;
const connectMs = 5_000;

const name = pg.escapeIdentifier;
const text = pg.escapeLiteral;

/**
 * @returns each module's address
 * @throws SeamlineError `postgres_unreachable`, `postgres_rights`, or `usage` when the database belongs to another
 *   deployment
 */
export async function provision(options: ProvisionOptions): Promise<Record<string, StoreAddress>> {
  const { adminUrl, deployment, secret, modules, dataTopology } = options;
  const database = fit(options.database ?? deployment);
  const place = placeOf(adminUrl);
  await withAdmin(adminUrl, async (admin) => {
    // Roles are the whole server's: one at a time. The lock ends with the connection, however this ends.
    await admin.query("select pg_advisory_lock(hashtext('seamline.provision'), hashtext($1))", [deployment]);
    await createRoles(admin, options);
    await createDatabase(admin, database);
    await withAdmin(withDatabase(adminUrl, database), async (inside) => {
      await refuseForeign(inside, database, options);
      await inside.query(transaction(rightsIn(database, options, await closedIn(inside))));
    });
  });
  const naming = { deployment, secret, dataTopology, database };
  return Object.fromEntries(modules.map((module) => [module, toAddress(place, naming, module)]));
}

/**
 * A module's address where `provision` has made a place for it before. Changes nothing.
 *
 * @returns null: it has none there @throws SeamlineError `postgres_unreachable`
 */
export async function provisioned(
  options: Omit<ProvisionOptions, "modules"> & { readonly module: string },
): Promise<StoreAddress | null> {
  const { adminUrl, deployment, secret, dataTopology, module } = options;
  const database = fit(options.database ?? deployment);
  const there = await withAdmin(adminUrl, async (admin) => {
    const found = await admin.query("select from pg_database where datname = $1", [database]);
    return found.rowCount !== 0;
  });
  if (!there) return null;
  const marked = await withAdmin(withDatabase(adminUrl, database), async (inside) => {
    const mark = "select from pg_namespace where nspname = $1 and obj_description(oid, 'pg_namespace') = $2";
    return (await inside.query(mark, [schemaOf(module), markOf(deployment)])).rowCount !== 0;
  });
  return marked ? toAddress(placeOf(adminUrl), { deployment, secret, dataTopology, database }, module) : null;
}

async function createRoles(
  admin: pg.Client,
  { deployment, secret, modules, dataTopology }: ProvisionOptions,
): Promise<void> {
  const shared = dataTopology === "shared-pool";
  const pool = poolRoleOf(deployment);
  const roles = modules.map((module) => roleOf(deployment, module));
  const wanted = shared ? [...roles, pool] : roles;
  const found = await admin.query("select rolname from pg_roles where rolname = any($1)", [wanted]);
  const existing = new Set(found.rows.map((row) => row.rolname as string));
  const statements = wanted.map((role) => {
    const login = `login noinherit password ${text(toVerifier(passwordOf(secret, role)))}`;
    return `${existing.has(role) ? "alter" : "create"} role ${name(role)} ${login}`;
  });
  // The pool's login has no right of its own: it can only become a module.
  if (shared)
    for (const role of roles) statements.push(`grant ${name(role)} to ${name(pool)} with inherit false, set true`);
  await admin.query(transaction(statements));
}

/** Text has the same order on every server (by code point), because modules move between servers. */
async function createDatabase(admin: pg.Client, database: string): Promise<void> {
  const found = await admin.query("select 1 from pg_database where datname = $1", [database]);
  if (found.rowCount !== 0 || (await takeSpare(admin, database))) return;
  const builtin = (await versionOf(admin)) >= 17_00_00;
  const locale = builtin ? "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'" : "locale 'C'";
  try {
    await admin.query(`create database ${name(database)} template template0 encoding 'UTF8' ${locale}`);
  } catch (error) {
    // Another deployment that was given the same database made it just now.
    if (!["42P04", "23505"].includes((error as pg.DatabaseError).code ?? "")) throw error;
  }
}

/**
 * A server of our own comes with a database that nobody uses, made as we would. Giving it another name takes a
 * tenth of the time of making one, which a running app would notice.
 */
async function takeSpare(admin: pg.Client, database: string): Promise<boolean> {
  const spare = `select from pg_database where datname = 'template1' and current_setting('${launcherSetting}', true) <> ''`;
  if ((await admin.query(spare)).rowCount === 0) return false;
  const renaming = ["alter database template1 is_template false", "comment on database template1 is null"];
  try {
    await admin.query(transaction([...renaming, `alter database template1 rename to ${name(database)}`]));
    return true;
  } catch (error) {
    await admin.query("rollback");
    if (error instanceof pg.DatabaseError) return false; // in use, or taken just now
    throw error;
  }
}

/** Two deployments in one database would share schemas; the database's own comment says whose it is. */
async function refuseForeign(
  inside: pg.Client,
  database: string,
  { deployment, modules }: ProvisionOptions,
): Promise<void> {
  const marks = `select nspname, obj_description(oid, 'pg_namespace') as mark from pg_namespace where nspname = any($1)`;
  for (const { nspname, mark } of (await inside.query(marks, [modules.map(schemaOf)])).rows) {
    if (mark === markOf(deployment)) continue;
    throw new SeamlineError(
      "usage",
      `database "${database}" already has a schema "${nspname}" that is not of the deployment "${deployment}" ` +
        `(its comment: ${mark ?? "none"}): give the deployment a database of its own`,
      { data: { database, schema: nspname, deployment } },
    );
  }
}

function markOf(deployment: string): string {
  return `seamline deployment ${deployment}`;
}

/** The schema in which moves note whether a module's home is in this database (split/book.ts). */
export const movesBook = '"seamline.moves"';

/** Schemas whose module has moved away: nothing may be made in them there. */
async function closedIn(inside: pg.Client): Promise<Set<string>> {
  const { rows } = await inside.query(`select to_regclass('${movesBook}.sides') is not null as moved`);
  if (!rows[0].moved) return new Set();
  const closed = await inside.query(`select schema from ${movesBook}.sides where not home`);
  return new Set(closed.rows.map((row) => row.schema as string));
}

function rightsIn(
  database: string,
  { deployment, modules, dataTopology }: ProvisionOptions,
  closed: ReadonlySet<string>,
): string[] {
  const roles = modules.map((module) => roleOf(deployment, module));
  const logins = dataTopology === "shared-pool" ? [...roles, poolRoleOf(deployment)] : roles;
  return [
    `revoke all on database ${name(database)} from public`,
    `revoke all on schema public from public`,
    ...logins.map((role) => `grant connect on database ${name(database)} to ${name(role)}`),
    ...modules.flatMap((module) => {
      const [schema, role] = [schemaOf(module), roleOf(deployment, module)];
      return [
        `create schema if not exists ${name(schema)}`,
        `comment on schema ${name(schema)} is ${text(markOf(deployment))}`,
        `grant usage${closed.has(schema) ? "" : ", create"} on schema ${name(schema)} to ${name(role)}`,
        `alter role ${name(role)} in database ${name(database)} set search_path = ${name(schema)}`,
      ];
    }),
  ];
}

/** One round trip for all. */
function transaction(statements: readonly string[]): string {
  return ["begin", ...statements, "commit"].join(";\n");
}

/**
 * Whether a server that a user gave will do.
 *
 * @throws SeamlineError `postgres_unreachable`, `postgres_too_old` or `postgres_rights`, each with the remedy
 */
export async function checkServer(url: string): Promise<{ version: string }> {
  const { host, port } = placeOf(url);
  return withAdmin(url, async (admin) => {
    const number = await versionOf(admin);
    const version = `${Math.floor(number / 10_000)}.${number % 10_000}`;
    if (number < 16_00_00)
      throw new SeamlineError(
        "postgres_too_old",
        `PostgreSQL at ${host}:${port} is ${version}; Seamline needs 16 or newer: upgrade it, or leave --postgres out`,
        { data: { host, port, version } },
      );
    const rights =
      "select rolname, rolsuper or (rolcreaterole and rolcreatedb) as enough from pg_roles where rolname = current_user";
    const { rolname, enough } = (await admin.query(rights)).rows[0];
    if (enough) return { version };
    throw new SeamlineError(
      "postgres_rights",
      `the login ${rolname} at ${host}:${port} may not create roles and databases: ` +
        `run "alter role ${name(rolname)} createrole createdb" as an administrator, or give another login`,
      { data: { host, port, user: rolname } },
    );
  });
}

async function versionOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query("select current_setting('server_version_num')::int as number");
  return rows[0].number;
}

/** Where a URL leads. @throws SeamlineError `usage` that does not repeat the URL, which may hold a password */
function placeOf(url: string): { host: string; port: number } {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol) || parsed.hostname === "")
    throw new SeamlineError("usage", "the PostgreSQL URL must look like postgres://USER:PASSWORD@HOST:PORT/DATABASE");
  return { host: decodeURIComponent(parsed.hostname), port: Number(parsed.port || 5432) };
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database.replaceAll("%", "%25")}`;
  return changed.href;
}

/** Works with one connection, and closes it. PostgreSQL's refusals come out as errors that name the remedy. */
async function withAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { host, port } = placeOf(url);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: statementMs + 1000, // for a server that does not answer at all
    application_name: "seamline provision",
  });
  client.on("error", () => {}); // the query under way, or the next one, is told
  try {
    await client.connect();
  } catch (error) {
    throw new SeamlineError(
      "postgres_unreachable",
      `PostgreSQL at ${host}:${port} ${reasonOf(error)}: check that it runs there, that this machine may reach it, ` +
        `and the user, password and database of the URL`,
      { data: { host, port }, cause: error },
    );
  }
  try {
    return await work(client);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== "42501") throw error;
    const message = `the login at ${host}:${port} lacks a right: ${error.message}; use a login that may create roles and databases and owns the database`;
    throw new SeamlineError("postgres_rights", message, { data: { host, port }, cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof pg.DatabaseError) return `refuses the login (${error.message})`;
  const { code, message } = error as NodeJS.ErrnoException;
  return `cannot be reached (${code ?? message})`;
}
