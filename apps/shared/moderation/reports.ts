import type { Kysely, Selectable } from "kysely";
import type { ReadStore } from "seamline";
import { reportsPerPage, type Decision, type Report } from "./contract.ts";
import type { Tables } from "./migrations.ts";

/** Reports and decisions as rows, and how they are read. */

export type ReportRow = Selectable<Tables["reports"]>;
type DecisionRow = Selectable<Tables["decisions"]>;

function pagesOf(total: number): number {
  return Math.max(1, Math.ceil(total / reportsPerPage));
}

export async function pageOfReports(
  store: ReadStore<Tables>,
  state: "open" | "decided",
  page: number,
): Promise<{ reports: Report[]; pages: number }> {
  const some = store.selectFrom("reports").where("decided_at", state === "open" ? "is" : "is not", null);
  const { total } = await some.select(({ fn }) => fn.countAll<string>().as("total")).executeTakeFirstOrThrow();
  const rows = await some
    .selectAll()
    .$if(state === "open", (query) => query.orderBy("created_at").orderBy("id"))
    .$if(state === "decided", (query) => query.orderBy("decided_at", "desc").orderBy("id", "desc"))
    .offset((page - 1) * reportsPerPage)
    .limit(reportsPerPage)
    .execute();
  return { reports: await withAlike(store, rows), pages: pagesOf(Number(total)) };
}

/** Reports as callers see them, each with the number of open ones about the same thing. */
export async function withAlike(store: ReadStore<Tables>, rows: readonly ReportRow[]): Promise<Report[]> {
  if (rows.length === 0) return [];
  const counts = await store
    .selectFrom("reports")
    .select(["kind", "target", ({ fn }) => fn.countAll<string>().as("alike")])
    .where(
      "target",
      "in",
      rows.map(({ target }) => target),
    )
    .where("decided_at", "is", null)
    .groupBy(["kind", "target"])
    .execute();
  const alike = new Map(counts.map((row) => [`${row.kind} ${row.target}`, Number(row.alike)]));
  return rows.map((row) => toReport(row, alike.get(`${row.kind} ${row.target}`) ?? 0));
}

/** The report and all other open ones about the same thing, held until the transaction ends. */
export async function lockAlike(
  store: Kysely<Tables>,
  id: string,
): Promise<{ report: ReportRow; open: ReportRow[] } | undefined> {
  const found = await store.selectFrom("reports").select(["kind", "target"]).where("id", "=", id).executeTakeFirst();
  if (!found) return undefined;
  const open = await store
    .selectFrom("reports")
    .selectAll()
    .where("kind", "=", found.kind)
    .where("target", "=", found.target)
    .where("decided_at", "is", null)
    .orderBy("id")
    .forUpdate()
    .execute();
  // Read after the others are held: until then another admin may have decided.
  const report = await store.selectFrom("reports").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  return { report, open };
}

export function targetOf({ kind, target, title, link }: ReportRow | DecisionRow): Report["target"] {
  return { kind, id: target, title, link };
}

function toReport(row: ReportRow, alike: number): Report {
  const { id, reason, content, state, created_at } = row;
  return {
    id,
    target: targetOf(row),
    reason,
    content,
    reporter: { id: row.author_id, name: row.author_name },
    state,
    assignee: row.assignee_name === null ? null : { id: row.assignee_id, name: row.assignee_name },
    alike,
    at: created_at.toISOString(),
  };
}

export async function pageOfDecisions(
  store: ReadStore<Tables>,
  page: number,
): Promise<{ decisions: Decision[]; pages: number }> {
  const { total } = await store
    .selectFrom("decisions")
    .select(({ fn }) => fn.countAll<string>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await store
    .selectFrom("decisions")
    .selectAll()
    .orderBy("at", "desc")
    .orderBy("id", "desc")
    .offset((page - 1) * reportsPerPage)
    .limit(reportsPerPage)
    .execute();
  return { decisions: rows.map(toDecision), pages: pagesOf(Number(total)) };
}

function toDecision(row: DecisionRow): Decision {
  const { id, decision, because, at } = row;
  return {
    id,
    target: targetOf(row),
    decision,
    because,
    by: { id: row.by_id, name: row.by_name },
    at: at.toISOString(),
  };
}
