import { transportError } from "../contract/errors.ts";
import { unavailable } from "./failure.ts";
import type { Bound, Claim } from "./data.ts";
import type { Session } from "./session.ts";
import { literal } from "./sql.ts";

/**
 * What makes a transaction happen once. Its first statement inserts a row under a unique key; whoever finds the row
 * there knows that the work is done, and whoever comes while it is being done waits on the insert until the other has
 * committed (then it is done) or has not (then it is the newcomer's turn). The row commits with the work, or not at all.
 */
export interface Ticket {
  /** Claims the row; affects no row when it is there already. */
  readonly claim: string;
  /** Statements that complete the row before commit; "" for none. */
  complete(result: string): string;
  /** What the earlier attempt gave; asked when the row was there. @throws when this is not a repetition of it */
  earlier(session: Session, bound: Bound): Promise<string>;
  /** Whether the row is to be written even when the handler did nothing. */
  readonly always: boolean;
}

/** A command under its idempotency key. */
export function keyTicket(claim: Claim): Ticket {
  const key = literal(claim.key);
  return {
    always: false,
    claim: `insert into seamline_keys (key, operation, fingerprint)
      values (${key}, ${literal(claim.operation)}, ${literal(claim.fingerprint)}) on conflict do nothing;`,
    complete: (result) => `update seamline_keys set result = ${literal(result)} where key = ${key};`,
    async earlier(session, bound) {
      const text = "select operation, fingerprint, result from seamline_keys where key = $1";
      const row = (await session.query(bound, text, [claim.key])).rows[0];
      if (row === undefined) throw unavailable(`the key ${key} was forgotten just now; ask again`, undefined);
      if (row.fingerprint !== claim.fingerprint) throw otherQuestion(claim, row.operation);
      return row.result ?? "";
    },
  };
}

function otherQuestion(claim: Claim, operation: string): Error {
  const { key } = claim;
  const asked = operation === claim.operation ? "with another input" : `by ${operation}`;
  const message = `the key ${JSON.stringify(key)} was used for another question (${asked}); give each question its own key`;
  return transportError("invalid", message, { operation: claim.operation, data: { key, operation } });
}

/** An event of another module. Its handler's effect commits with the row. */
export function inboxTicket(id: string, event: string): Ticket {
  return {
    always: true,
    claim: `insert into seamline_inbox (id, event) values (${literal(id)}, ${literal(event)}) on conflict do nothing;`,
    complete: () => "",
    earlier: async () => "",
  };
}
