import type { InvariantProgram } from "seamline";
import { copies, kept } from "./invariants/copies.ts";
import { ledger, onceEach, paid } from "./invariants/money.ts";
import { capacity, counters, heldForBookings, holdsEnd } from "./invariants/nights.ts";
import { hiddenStays, ratings, stayed } from "./invariants/opinions.ts";
import { written } from "./invariants/written.ts";

/**
 * What must hold at stay, whatever dies and moves. Two cannot be shown by stores alone. I8: that every acknowledged
 * write can be read is known only to who was told; here it is checked that nothing is missing to which something else
 * points, and `lostOf` compares with a log. I10: what readers get is seen at the pages; here it is checked that modules
 * have hidden what is to be hidden.
 */
export default {
  checks: [
    capacity,
    counters,
    heldForBookings,
    paid,
    ledger,
    stayed,
    ratings,
    copies,
    kept,
    onceEach,
    hiddenStays,
    holdsEnd,
  ],
  written,
} satisfies InvariantProgram;
