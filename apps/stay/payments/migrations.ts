import { store } from "seamline";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import type { Entry, Payment } from "./contract.ts";

export interface Tables {
  payments: {
    id: string;
    amount: number;
    /** What of it stays with the house. */
    fee: number;
    reference: string;
    /** The provider's token; null as soon as it is of no more use. */
    card: string | null;
    state: Payment["state"];
    reason: string | null;
    refund_asked: number;
    refunded: number;
    created_at: Date;
    changed_at: Date;
  };
  /** What the provider was asked, or is to be asked. Each has a saga of the same name. */
  requests: {
    /** The idempotency key under which the provider knows it. */
    key: string;
    payment: string;
    kind: "authorize" | "capture" | "void" | "refund";
    amount: number;
    refund: string | null;
    asked_at: Date;
    /** Since when its outcome has been open although the provider was asked; null: it is not, or not any more. */
    unknown_since: Date | null;
    /** null: it is on its way. */
    done_at: Date | null;
  };
  entries: {
    transaction: string;
    account: Entry["account"];
    payment: string;
    kind: Entry["kind"];
    amount: number;
    at: Date;
  };
  /** In its one row, since when the provider has been away; null: it is there. */
  provider_health: { one: number; failing_since: Date | null };
  /** Webhooks that were heard. */
  webhooks: { id: string; heard_at: Date };
}

const first: Migration = {
  async up(db) {
    await sql`create table payments (
      id uuid primary key,
      amount int not null check (amount > 0),
      fee int not null check (fee between 0 and amount),
      reference text not null,
      card text,
      state text not null check (state in ('authorizing', 'authorized', 'declined', 'capturing', 'captured',
        'captureFailed', 'voiding', 'voided')),
      reason text,
      refund_asked int not null default 0,
      refunded int not null default 0,
      created_at timestamptz not null,
      changed_at timestamptz not null,
      check (0 <= refunded and refunded <= refund_asked and refund_asked <= amount)
    )`.execute(db);
    await sql`create table requests (
      key text primary key,
      payment uuid not null references payments,
      kind text not null check (kind in ('authorize', 'capture', 'void', 'refund')),
      amount int not null check (amount > 0),
      refund uuid,
      asked_at timestamptz not null,
      unknown_since timestamptz,
      done_at timestamptz
    )`.execute(db);
    await sql`create index requests_of_payment on requests (payment)`.execute(db);
    await sql`create index requests_open on requests (asked_at) where done_at is null`.execute(db);
    await sql`create table entries (
      transaction uuid not null,
      account text not null check (account in ('provider', 'host', 'fee')),
      payment uuid not null references payments,
      kind text not null check (kind in ('capture', 'refund')),
      amount int not null check (amount <> 0),
      at timestamptz not null,
      primary key (transaction, account)
    )`.execute(db);
    await sql`create index entries_of_payment on entries (payment)`.execute(db);
    await sql`create index entries_by_age on entries (at, transaction, account)`.execute(db);
    await sql`create table provider_health (one int primary key check (one = 1), failing_since timestamptz)`.execute(
      db,
    );
    await sql`insert into provider_health values (1, null)`.execute(db);
    await sql`create table webhooks (id text primary key, heard_at timestamptz not null)`.execute(db);
    await sql`create index webhooks_by_age on webhooks (heard_at)`.execute(db);
  },
};

/** What no code of ours, nor a hand at the database, may get past: books balance, and are only ever added to. */
const guards: Migration = {
  async up(db) {
    await sql`create function entries_balance() returns trigger language plpgsql as $$
      declare rest bigint;
      begin
        execute format('select sum(amount) from %I.entries where transaction = $1', tg_table_schema)
          into rest using new.transaction;
        if rest <> 0 then
          raise exception 'ledger transaction % does not balance: % is left', new.transaction, rest
            using errcode = 'check_violation';
        end if;
        return null;
      end $$`.execute(db);
    await sql`create constraint trigger entries_balance after insert on entries
      deferrable initially deferred for each row execute function entries_balance()`.execute(db);
    await sql`create function entries_stay() returns trigger language plpgsql as $$
      begin
        raise exception 'entries of the ledger are only ever added: reverse a mistake by another transaction'
          using errcode = 'restrict_violation';
      end $$`.execute(db);
    await sql`create trigger entries_stay before update or delete on entries
      for each statement execute function entries_stay()`.execute(db);
  },
};

export const tables = store<Tables>({ migrations: { "001-first": first, "002-guards": guards } });
