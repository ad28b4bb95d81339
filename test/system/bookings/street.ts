import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import type { User } from "seamline";
import stay from "../../../apps/stay/app.ts";
import type { Clients } from "../../../apps/stay/bookings/testing.ts";
import { verify } from "../../../src/deploy/verify/verify.ts";
import { createIdentities } from "../../../src/kernel/identity.ts";
import { bringUp, type Deployed } from "../../suites/deployed.ts";
import { askStore } from "../../suites/stops.ts";
import { shapes, type Shape } from "./shapes.ts";

/** A whole deployment of stay that can be broken, and people who use it. */
export interface Street extends AsyncDisposable {
  readonly shape: Shape;
  readonly up: Deployed;
  as(user: User): Clients;
  /** Somebody new, with an account. */
  somebody(): User;
  /** Base URL of the payment provider. */
  provider(): string;
  /** Moves the app's time on. */
  later(ms: number): Promise<void>;
  /** Fails with what is wrong, if anything in the data of any module is. */
  addsUp(): Promise<void>;
}

/** Who may ever come: more than any test asks for. */
const population = 2000;
/** How long sagas and events may need to come to rest. */
const settleMs = 60_000;

export async function openStreet(shape: Shape): Promise<Street> {
  const appUrl = import.meta.resolve("../../../apps/stay/app.ts");
  const up = await bringUp({ app: stay, appUrl, topology: shapes[shape](stay), durable: true });
  try {
    const ask = await up.asks(stay);
    const identities = createIdentities(up.keys.identityPublicKey, up.keys.identityPrivateKey);
    const people = await settle(up);
    let movedMs = 0;
    return {
      shape,
      up,
      as: (user) => ask().as(identities.issue(user)) as unknown as Clients,
      somebody: () => people.pop()!,
      provider: () => up.url("payment-provider"),
      async later(ms) {
        movedMs += ms;
        await up.deployment.moveClock(ms);
      },
      async addsUp() {
        const program = (await stay.invariants?.())?.default ?? null;
        const now = (): Date => new Date(Date.now() + movedMs);
        const { checks } = await verify(program, up.deployment.stores(), { now, settleMs });
        const wrong = checks.filter(({ state }) => state !== "holds");
        assert.deepEqual(wrong, []);
      },
      [Symbol.asyncDispose]: () => up.stop(),
    };
  } catch (error) {
    await up.stop();
    throw error;
  }
}

/** Accounts by the thousand, of people who never sign in: no test waits for so many passwords to be hashed. */
async function settle(up: Deployed): Promise<User[]> {
  const people = Array.from({ length: population }, (_, place) => ({
    id: randomUUIDv7(),
    name: `사람${place}`,
    roles: [],
  }));
  await askStore(
    up.deployment.stores()["accounts"]!,
    "insert into users (id, name, created_at) select id, name, now() from json_to_recordset($1) as p(id uuid, name text)",
    [JSON.stringify(people)],
  );
  return people;
}
