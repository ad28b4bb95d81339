import { randomUUID } from "node:crypto";

/**
 * Who holds a claim on a row: "web#0/<life>/<which>". The place ("web#0") is the same in all lives of a process, of which
 * there is one at a time. So a claim by an earlier life is no claim any more: a process that was killed takes up its
 * own work again as soon as it is back, and needs not wait for a lease to end. The same goes for a claim of its own that
 * it knows nothing of, because the connection broke before it heard. Claims of other places end by their lease.
 */
export class Holder {
  /** What claims of all lives begin with. */
  readonly place: string;
  /** What claims of this life begin with. */
  readonly life: string;
  #claims = 0;

  constructor(place: string = randomUUID()) {
    this.place = `${place}/`;
    this.life = `${this.place}${randomUUID()}/`;
  }

  /** A name for a claim, unlike all others. */
  next(): string {
    return `${this.life}${++this.#claims}`;
  }
}

/** SQL: whether a row is free. @param forgotten whether a claim of this place is held by nobody */
export function isFree(place: string, forgotten: string): string {
  return `(claimed_until is null or claimed_until < now() or (starts_with(claimed_by, ${place}) and ${forgotten}))`;
}
