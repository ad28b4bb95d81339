import type { Invariant, Violation } from "seamline";
import { holdSeconds } from "../bookings/contract.ts";
import { byIds, countOf, foundBy, idsOf, pagesOf } from "./read.ts";

/** That no night is sold twice, and that what is counted is what is held. */

/** Nights that holds take, each as often as it is taken. Overdue ones take theirs until the next sweep. */
const taken = `select listing, night::date, sum(units)::int as taken
  from holds, generate_series(from_night, to_night - 1, interval '1 day') as night
  where state in ('held', 'confirmed') group by 1, 2`;

/** A sweep runs each second. A process that has just come back needs a moment for its first one. */
const sweepSeconds = 5;

/**
 * Holds that are there only because of a booking. One in its first time may have none: its guest was told that it is not
 * known what became of the form, and the same form takes it up again, or its time passes.
 */
const kept = `state = 'confirmed' or (state = 'held' and expires_at > placed_at + ${holdSeconds} * interval '1 s')`;

export const capacity: Invariant = {
  id: "I1",
  says: { en: "no night of a listing is over capacity", ko: "어떤 숙소의 어떤 밤도 정원을 넘지 않는다" },
  kind: "oversold",
  async run(access) {
    // From the holds themselves, not from the counters, which the next check looks at.
    const violations = await foundBy(
      access,
      "availability",
      `select listing || ' ' || night as id, held.taken, capacity
       from (${taken}) as held left join nights using (listing, night)
       where held.taken > coalesce(capacity, 0) order by 1`,
    );
    return { checked: await countOf(access, "availability", "nights"), violations };
  },
};

export const counters: Invariant = {
  id: "I2",
  says: { en: "night counters are live holds and confirmed bookings", ko: "밤 숫자는 예약 잡기와 확정 예약의 합이다" },
  kind: "torn",
  async run(access) {
    const violations = await foundBy(
      access,
      "availability",
      `select listing || ' ' || night as id, coalesce(nights.taken, 0) as counted, coalesce(held.taken, 0) as held
       from (${taken}) as held full join nights using (listing, night)
       where coalesce(nights.taken, 0) <> coalesce(held.taken, 0) order by 1`,
    );
    return { checked: await countOf(access, "availability", "nights"), violations };
  },
};

export const heldForBookings: Invariant = {
  id: "I2b",
  says: {
    en: "every booking has its nights, and no nights are kept without one",
    ko: "모든 예약은 제 밤을 가지고, 예약 없이 계속 잡혀 있는 밤은 없다",
  },
  kind: "orphan",
  quiescent: true,
  async run(access) {
    const wanted: Record<string, readonly string[]> = {
      held: ["held"],
      paying: ["held", "confirmed"],
      confirmed: ["confirmed"],
      completed: ["confirmed"],
      cancelled: ["released", "expired"],
      failed: ["released", "expired"],
      expired: ["released", "expired"],
    };
    const violations: Violation[] = [];
    let checked = 0;
    const booked = "listing, arrival::text, departure::text, state";
    for await (const rows of pagesOf(access, "bookings", "bookings", booked)) {
      checked += rows.length;
      const columns = "listing, from_night::text, to_night::text, state";
      const holds = await byIds(access, "availability", "holds", columns, idsOf(rows));
      for (const { id, listing, arrival, departure, state } of rows) {
        const hold = holds.get(id);
        const [mine, theirs] = [
          [listing, arrival, departure].join(" "),
          hold && [hold["listing"], hold["from_night"], hold["to_night"]].join(" "),
        ];
        if (mine !== theirs || !wanted[state]!.includes(hold!["state"]))
          violations.push({
            id,
            what: { booking: `${state} ${mine}`, hold: hold ? `${hold["state"]} ${theirs}` : null },
          });
      }
    }
    for await (const rows of pagesOf(access, "availability", "holds", "state", kept)) {
      const known = await byIds(access, "bookings", "bookings", "state", idsOf(rows));
      for (const { id, state } of rows)
        if (!known.has(id)) violations.push({ id, what: { booking: null, hold: state } });
    }
    return { checked, violations };
  },
};

export const holdsEnd: Invariant = {
  id: "I11",
  says: {
    en: "a hold ends within its time and one sweep",
    ko: "잡아 둔 밤은 제 시간과 한 번의 정리 안에 풀린다",
  },
  quiescent: true,
  async run(access) {
    const due = new Date(access.now().getTime() - sweepSeconds * 1000);
    const holds = await foundBy(
      access,
      "availability",
      "select id, expires_at as \"heldUntil\" from holds where state = 'held' and expires_at < $1 order by id",
      [due],
    );
    const bookings = await foundBy(
      access,
      "bookings",
      "select id, hold_expires_at as \"bookedUntil\" from bookings where state = 'held' and hold_expires_at < $1 order by id",
      [due],
    );
    return { checked: await countOf(access, "availability", "holds"), violations: [...holds, ...bookings] };
  },
};
