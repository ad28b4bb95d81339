import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import { toVerifier } from "../data/address.ts";
import { identifier, literal } from "../data/sql.ts";
import { book, slotOf } from "./book.ts";
import { transaction, type Hand } from "./hand.ts";

/**
 * The login by which a server follows another one, since a subscription keeps a password for as long as it lasts. It may
 * replicate and read the module's tables, and nothing else; it comes with the subscription and goes with it.
 */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Makes the login at the leader, or gives it a new password. */
export async function lend(leader: Hand): Promise<Login> {
  const { address } = leader.side;
  const user = slotOf(address);
  const password = randomBytes(24).toString("base64url");
  const [role, schema] = [identifier(user), identifier(address.schema)];
  const making = (await isThere(leader)) ? "alter" : "create";
  await transaction(
    leader,
    `${making} role ${role} login replication password ${literal(toVerifier(password))};
     grant connect on database ${identifier(address.database)} to ${role};
     grant usage on schema ${schema}, ${book} to ${role};
     grant select on all tables in schema ${schema} to ${role};
     grant select on ${book}.markers to ${role}`,
  );
  return { user, password };
}

/**
 * Lets nobody log in by it, and ends whoever has: a server that is dead may have asked for a slot that is not there yet,
 * and one that is back would ask again.
 */
export async function closeLogin(leader: Hand, ms: number): Promise<void> {
  if (!(await isThere(leader))) return;
  const user = slotOf(leader.side.address);
  await leader.run(`alter role ${identifier(user)} nologin`);
  const text = "select pg_terminate_backend(pid, 500) from pg_stat_activity where usename = $1";
  for (const until = monotonicMs() + ms; ; await sleep(10)) {
    if ((await leader.rows(text, [user])).length === 0) return;
    if (monotonicMs() > until) throw new SeamlineError("deadline_exceeded", `connections of ${user} do not end`);
  }
}

export async function takeBackLogin(leader: Hand): Promise<void> {
  if (!(await isThere(leader))) return;
  const role = identifier(slotOf(leader.side.address));
  await transaction(leader, `drop owned by ${role}; drop role ${role}`);
}

async function isThere(leader: Hand): Promise<boolean> {
  const found = await leader.rows("select from pg_roles where rolname = $1", [slotOf(leader.side.address)]);
  return found.length > 0;
}
