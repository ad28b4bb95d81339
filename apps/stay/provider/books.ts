import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { SeamlineError } from "seamline";
import { cardOf, chargesPerPage, type Card, type Charge, type ChargePage, type RequestOf } from "./contract.ts";
import { Faults } from "./simulator.ts";

/**
 * The provider's books: one SQLite file. A request, its answer and the webhook that tells of it are one transaction,
 * which is on the disk before anybody hears of it; so a kill at any moment loses nothing that was answered. Everything
 * is synchronous: one request after the other.
 */

const schema = `
  create table if not exists charges (
    payment text primary key, amount integer not null, card text not null, reference text not null,
    state text not null, reason text, captured integer not null default 0, refunded integer not null default 0,
    at text not null
  ) strict;
  create index if not exists charges_by_age on charges (at);
  create table if not exists requests (
    key text primary key, body text not null, tries integer not null, answer text
  ) strict;
  create table if not exists hooks (
    number integer primary key, id text not null, type text not null, payment text not null, at text not null,
    due_ms integer not null, tries integer not null default 0
  ) strict;
  create index if not exists hooks_by_due on hooks (due_ms);
  create table if not exists faults (one integer primary key check (one = 1), settings text not null) strict;
`;

/** An answer that is no charge: nothing was done. `code` and HTTP status are what the caller is told. */
export class Refusal extends SeamlineError {
  override name = "Refusal";
  readonly status: number;

  constructor(code: string, status = 422) {
    super(code, `the provider refuses: ${code}`);
    this.status = status;
  }
}

export interface Hook {
  readonly number: number;
  readonly id: string;
  readonly type: string;
  readonly payment: string;
  readonly at: string;
  readonly tries: number;
}

type Row = Charge & { card: string; reference: string };

export class Books {
  readonly #db: DatabaseSync;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#db = new DatabaseSync(join(directory, "books.sqlite"));
    this.#db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000");
    this.#db.exec(schema);
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  /**
   * Carries a request out, once for its key. `work` is told how often the key has come, and gives null where it fails
   * before it does anything.
   *
   * @throws Refusal
   */
  once(key: string, body: string, work: (tries: number) => Charge | null): { charge: Charge | null; tries: number } {
    return this.#transaction(() => {
      const noted = this.#one<{ body: string; tries: number; answer: string | null }>(
        `insert into requests (key, body, tries) values (?, ?, 1)
         on conflict (key) do update set tries = tries + 1 returning body, tries, answer`,
        [key, body],
      )!;
      if (noted.body !== body) throw new Refusal("key_reused");
      const { tries } = noted;
      if (noted.answer !== null) return { charge: JSON.parse(noted.answer) as Charge, tries };
      const charge = work(tries);
      if (charge !== null) this.#run("update requests set answer = ? where key = ?", [JSON.stringify(charge), key]);
      return { charge, tries };
    });
  }

  answerOf(key: string): Charge | null {
    const row = this.#one<{ answer: string | null }>("select answer from requests where key = ?", [key]);
    return row?.answer ? (JSON.parse(row.answer) as Charge) : null;
  }

  authorize({ payment, amount, card, reference }: RequestOf<"authorize">, declined: string | null, at: string): Charge {
    if (this.#row(payment)) throw new Refusal("payment_exists");
    const state = declined === null ? "authorized" : "declined";
    this.#run(
      "insert into charges (payment, amount, card, reference, state, reason, at) values (?, ?, ?, ?, ?, ?, ?)",
      [payment, amount, card, reference, state, declined, at],
    );
    return this.charge(payment)!;
  }

  capture({ payment }: RequestOf<"capture">): Charge {
    const { amount, card } = this.#mustBe(payment, "authorized");
    if (cardOf(card)?.lapses) return this.#change(payment, { state: "lapsed", reason: "authorization_lapsed" });
    return this.#change(payment, { state: "captured", captured: amount });
  }

  void({ payment }: RequestOf<"void">): Charge {
    this.#mustBe(payment, "authorized");
    return this.#change(payment, { state: "voided" });
  }

  refund({ payment, amount }: RequestOf<"refund">): Charge {
    const { captured, refunded } = this.#mustBe(payment, "captured");
    if (refunded + amount > captured) throw new Refusal("more_than_captured");
    return this.#change(payment, { refunded: refunded + amount });
  }

  charge(payment: string): Charge | null {
    const row = this.#row(payment);
    return row ? chargeOf(row) : null;
  }

  /** The card that a payment was made with; undefined: there is no such payment, or nobody knows its card. */
  cardFor(payment: string): Card | undefined {
    const row = this.#row(payment);
    return row && cardOf(row.card);
  }

  page(after: string): ChargePage {
    const rows = this.#all<Row>("select * from charges where payment > ? order by payment limit ?", [
      after,
      chargesPerPage + 1,
    ]);
    const charges = rows.slice(0, chargesPerPage).map(chargeOf);
    return { charges, next: rows.length > chargesPerPage ? charges.at(-1)!.payment : null };
  }

  /** The newest charges, for people to look at. */
  latest(limit: number): Row[] {
    return this.#all<Row>("select * from charges order by at desc, rowid desc limit ?", [limit]);
  }

  /** Has `copies` of a webhook sent from a moment on. */
  tell(hook: Pick<Hook, "id" | "type" | "payment" | "at">, dueMs: readonly number[]): void {
    const { id, type, payment, at } = hook;
    for (const due of dueMs)
      this.#run("insert into hooks (id, type, payment, at, due_ms) values (?, ?, ?, ?, ?)", [
        id,
        type,
        payment,
        at,
        Math.round(due),
      ]);
  }

  hooksDue(nowMs: number, limit: number): Hook[] {
    return this.#all<Hook>("select * from hooks where due_ms <= ? order by due_ms, number limit ?", [nowMs, limit]);
  }

  /** When the next webhook is due; null: none waits. */
  nextHookMs(): number | null {
    return this.#one<{ due: number | null }>("select min(due_ms) as due from hooks", [])!.due;
  }

  hooksWaiting(): number {
    return this.#one<{ n: number }>("select count(*) as n from hooks", [])!.n;
  }

  /** Of a webhook that need not be sent any more. */
  forget({ number }: Hook): void {
    this.#run("delete from hooks where number = ?", [number]);
  }

  hookFailed({ number }: Hook, againMs: number): void {
    this.#run("update hooks set tries = tries + 1, due_ms = ? where number = ?", [Math.round(againMs), number]);
  }

  /** Kept over a restart, so that a provider that is killed while it fails goes on failing. */
  get faults(): Faults {
    const row = this.#one<{ settings: string }>("select settings from faults", []);
    return Faults.parse(row ? JSON.parse(row.settings) : {});
  }

  set faults(faults: Faults) {
    this.#run("insert into faults values (1, ?) on conflict (one) do update set settings = excluded.settings", [
      JSON.stringify(faults),
    ]);
  }

  /** Takes over charges that were made elsewhere, such as generated ones; those it has already stay as they are. */
  take(charges: Iterable<Charge>): void {
    this.#transaction(() => {
      for (const { payment, amount, state, reason, captured, refunded, at } of charges)
        this.#run(
          `insert into charges (payment, amount, card, reference, state, reason, captured, refunded, at)
           values (?, ?, 'card-ok', '', ?, ?, ?, ?, ?) on conflict (payment) do nothing`,
          [payment, amount, state, reason, captured, refunded, at],
        );
    });
  }

  #mustBe(payment: string, state: Charge["state"]): Row {
    const row = this.#row(payment);
    if (!row) throw new Refusal("unknown_payment");
    if (row.state !== state) throw new Refusal(`payment_is_${row.state}`);
    return row;
  }

  #change(payment: string, change: Partial<Pick<Row, "state" | "reason" | "captured" | "refunded">>): Charge {
    const names = Object.keys(change);
    const set = names.map((name) => `${name} = ?`).join(", ");
    this.#run(`update charges set ${set} where payment = ?`, [...Object.values(change), payment]);
    return this.charge(payment)!;
  }

  #row(payment: string): Row | undefined {
    return this.#one<Row>("select * from charges where payment = ?", [payment]);
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec("begin immediate");
    try {
      const value = work();
      this.#db.exec("commit");
      return value;
    } catch (error) {
      this.#db.exec("rollback");
      throw error;
    }
  }

  #run(text: string, values: readonly SQLInputValue[]): void {
    this.#db.prepare(text).run(...values);
  }

  #one<T>(text: string, values: readonly SQLInputValue[]): T | undefined {
    return this.#db.prepare(text).get(...values) as T | undefined;
  }

  #all<T>(text: string, values: readonly SQLInputValue[]): T[] {
    return this.#db.prepare(text).all(...values) as T[];
  }
}

function chargeOf({ payment, amount, state, reason, captured, refunded, at }: Row): Charge {
  return { payment, amount, state, reason, captured, refunded, at };
}
