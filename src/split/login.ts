import { randomBytes } from "node:crypto";
import { toVerifier } from "../data/address.ts";
import { identifier, literal } from "../data/sql.ts";
import { slotOf } from "./book.ts";
import { transaction, type Hand } from "./hand.ts";

/**
 * The login by which a server follows another one, since a subscription keeps a password for as long as it lasts. It may
 * replicate, and nothing else; it comes with the subscription and goes with it.
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
  const role = identifier(user);
  const making = (await isThere(leader)) ? "alter" : "create";
  await transaction(
    leader,
    `${making} role ${role} login replication password ${literal(toVerifier(password))};
     grant connect on database ${identifier(address.database)} to ${role}`,
  );
  return { user, password };
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
