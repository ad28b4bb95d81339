import { readRecord, type SideRecord } from "./book.ts";
import type { Hand } from "./hand.ts";
import { followingOf, type Following } from "./replication.ts";
import type { Side } from "./split.ts";

/**
 * How far a move is, read from the databases alone:
 *
 *   none ─▶ preparing ─▶ prepared ─▶ committed ─▶ moved
 *    ▲          │            │      (closed at the source, not yet open at the target)
 *    └──────────┴── undo ────┘
 *
 * For a move back from "moved", with the sides exchanged, the state is "prepared" while replication goes on, else "none".
 */
export type MoveState =
  | { readonly at: "none" }
  | { readonly at: "preparing"; readonly forward: Following }
  | { readonly at: "prepared"; readonly forward: Following; readonly reverse: Following }
  | { readonly at: "committed" }
  | { readonly at: "moved"; readonly replicating: boolean }
  /** Neither place is right: `home` says where the source says the module is; null: both sides claim it. */
  | { readonly at: "elsewhere"; readonly home: Pick<SideRecord, "host" | "port" | "database"> | null };

export async function stateOf(from: Hand, to: Hand): Promise<MoveState> {
  const [source, target] = await Promise.all([readRecord(from), readRecord(to)]);
  const forward = await followingOf(from, to);
  const closed = source !== null && !source.home;
  if (closed && target?.home === true)
    return { at: "moved", replicating: forward.slot !== null || forward.subscription !== null };
  if (closed && target !== null && leadsTo(source, to.side)) return { at: "committed" };
  if (closed) return { at: "elsewhere", home: source };
  if (target?.home === true) return { at: "elsewhere", home: null };
  if (forward.slot === null && forward.subscription === null && !forward.publication) return { at: "none" };
  if (!isUsable(forward) || forward.subscription?.enabled !== true) return { at: "preparing", forward };
  return { at: "prepared", forward, reverse: await followingOf(to, from) };
}

function leadsTo({ host, port, database }: SideRecord, { address }: Side): boolean {
  return host === address.host && port === address.port && database === address.database;
}

/** Whether it can go on from where it is: what has a subscription has had its first copy. */
export function isUsable({ slot, publication, subscription }: Following): boolean {
  return publication && slot !== null && !slot.lost && subscription !== null;
}
