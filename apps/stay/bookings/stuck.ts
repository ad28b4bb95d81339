import { sql } from "kysely";
import type { Output, ReadStore, SagaTrouble, SagaView } from "seamline";
import type { bookings } from "./contract.ts";
import type { Tables } from "./migrations.ts";
import { patienceMs } from "./rows.ts";

/** At most; whoever has more than these has another problem first. */
const limit = 100;

type Stuck = Output<(typeof bookings)["stuck"]>;
interface Sagas {
  stuck(limit?: number): Promise<SagaTrouble[]>;
  of(saga: string, id: string): Promise<SagaView | null>;
}

/** Bookings whose saga fails at a step, and those that wait long for money although nothing fails. */
export async function stuckBookings(read: ReadStore<Tables>, sagas: Sagas, at: Date): Promise<Stuck> {
  const failing = await sagas.stuck(limit);
  const named = new Map(
    failing.map(({ id, saga, step, attempts, error, since }) => [id, { saga, step, attempts, error, since }]),
  );
  const rows = await read
    .selectFrom("bookings")
    .select(["id", "reference", "state", "waiting_since"])
    .where((eb) =>
      eb.or([
        eb("id", "=", sql<string>`any(${[...named.keys()]}::uuid[])`),
        eb("waiting_since", "<", new Date(at.getTime() - patienceMs)),
      ]),
    )
    .orderBy("waiting_since")
    .limit(limit)
    .execute();
  return Promise.all(
    rows.map(async ({ id: booking, reference, state, waiting_since }) => {
      const trouble =
        named.get(booking) ?? (await waitsAt(sagas, state === "paying" ? "booking" : "cancellation", booking));
      return { booking, reference, ...trouble, since: (trouble.since ?? waiting_since ?? at).toISOString() };
    }),
  );
}

/** Where a saga is that does not fail. */
async function waitsAt(sagas: Sagas, saga: string, id: string) {
  const view = await sagas.of(saga, id);
  return { saga, step: view?.step ?? "", attempts: view?.attempts ?? 0, error: view?.error ?? "", since: null };
}
