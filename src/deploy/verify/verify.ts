import { SeamlineError } from "../../contract/errors.ts";
import type { StoreAddress } from "../../data/data.ts";
import {
  violationKinds,
  type Invariant,
  type InvariantProgram,
  type Violation,
  type ViolationKind,
} from "../../module/invariants.ts";
import { ownChecks } from "./own.ts";
import { untilQuiet } from "./quiet.ts";
import { Snapshots } from "./snapshots.ts";

/**
 * Checks an app's data from outside its modules: what the app says must hold, and what must hold in every app. It reads
 * each store as its module's own role, in read-only transactions, and may run while the app is used.
 *
 * Checks that hold only when nothing is on its way wait for that. Something may begin while they read, so violations
 * that one of them finds count only if it finds them again after another quiet moment.
 */

export interface VerifyOptions {
  /** The app's time. Default: the machine's. */
  readonly now?: () => Date;
  /** How long to wait until nothing is on its way. */
  readonly settleMs?: number;
  readonly signal?: AbortSignal;
  progress?(message: string): void;
}

export interface Report {
  /** Every check was made, and holds. */
  readonly clean: boolean;
  readonly checks: readonly CheckReport[];
}

export interface CheckReport {
  readonly id: string;
  readonly says: Invariant["says"];
  /** "busy": not made, because something was on its way all the time; "failed": it could not be made. */
  readonly state: "holds" | "violated" | "busy" | "failed";
  /** What a violation of it is; null: none of the kinds that have a name. */
  readonly kind: ViolationKind | null;
  readonly checked: number;
  readonly violations: readonly Violation[];
  /** Of "busy" and "failed": what was on its way, or what went wrong. */
  readonly why: string | null;
}

export const defaultSettleMs = 10_000;

/** @param program null: only what must hold in every app @throws SeamlineError `app_invalid` for a program that is not well formed */
export async function verify(
  program: InvariantProgram | null,
  stores: Readonly<Record<string, StoreAddress>>,
  options: VerifyOptions = {},
): Promise<Report> {
  const own = ownChecks(Object.keys(stores));
  const all = [...checksOf(program), ...own];
  await using snapshots = new Snapshots(stores, options.signal);
  const run = new Run(snapshots, options);
  const reports = new Map<Invariant, CheckReport>();
  // What must always hold is looked at first, so that waiting does not hide it.
  for (const check of all.toSorted((a, b) => Number(a.quiescent ?? false) - Number(b.quiescent ?? false)))
    reports.set(check, await run.check(check));
  const checks = all.map((check) => reports.get(check)!);
  return { clean: checks.every(({ state }) => state === "holds"), checks };
}

class Run {
  readonly #snapshots: Snapshots;
  readonly #options: VerifyOptions;
  readonly #now: () => Date;
  /** What was on its way at the end of the one wait for quiet; null: not waited yet. */
  #busy: readonly string[] | null = null;

  constructor(snapshots: Snapshots, options: VerifyOptions) {
    this.#snapshots = snapshots;
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
  }

  async check(check: Invariant): Promise<CheckReport> {
    try {
      return check.quiescent ? await this.#quietly(check) : await this.#once(check);
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      return reportOf(check, "failed", error instanceof Error ? error.message : String(error));
    }
  }

  async #quietly(check: Invariant): Promise<CheckReport> {
    // A deployment that did not get quiet in that time is not waited for again with every check.
    this.#busy ??= await this.#quiet();
    if (this.#busy.length > 0) return reportOf(check, "busy", this.#busy.join(", "));
    const first = await this.#once(check);
    if (first.state === "holds") return first;
    const busy = await this.#quiet();
    if (busy.length > 0) return reportOf(check, "busy", busy.join(", "));
    const second = await this.#once(check);
    const known = new Set(first.violations.map(({ id }) => id));
    return found(check, { ...second, violations: second.violations.filter(({ id }) => known.has(id)) });
  }

  async #once(check: Invariant): Promise<CheckReport> {
    await this.#snapshots.renew();
    const findings = await check.run({
      sql: (module, text, values) => this.#snapshots.sql(module, text, values),
      now: this.#now,
      progress: (message) => this.#options.progress?.(`${check.id}: ${message}`),
    });
    return found(check, findings);
  }

  #quiet(): Promise<string[]> {
    const { settleMs = defaultSettleMs, signal } = this.#options;
    return untilQuiet(this.#snapshots, { now: this.#now, settleMs, signal });
  }
}

function found(
  { id, says, kind }: Invariant,
  { checked, violations }: Pick<CheckReport, "checked" | "violations">,
): CheckReport {
  return {
    id,
    says,
    kind: kind ?? null,
    state: violations.length === 0 ? "holds" : "violated",
    checked,
    violations,
    why: null,
  };
}

function reportOf({ id, says, kind }: Invariant, state: "busy" | "failed", why: string): CheckReport {
  return { id, says, kind: kind ?? null, state, checked: 0, violations: [], why };
}

function checksOf(program: InvariantProgram | null): readonly Invariant[] {
  const refuse = (what: string): never => {
    throw new SeamlineError("app_invalid", `invariants: ${what}`);
  };
  const checks = program === null ? [] : program.checks;
  if (!Array.isArray(checks)) refuse("the default export must be { checks: [{ id, says: { en, ko }, run }] }");
  const seen = new Set<string>();
  for (const { id, says, run, kind } of checks as readonly Partial<Invariant>[]) {
    if (typeof id !== "string" || id === "")
      return refuse(`a check has the id ${String(id)}; give it one such as "I1"`);
    if (/^S\d*$/.test(id)) refuse(`"${id}": ids that begin with S are Seamline's own; choose another`);
    if (seen.has(id)) refuse(`two checks have the id "${id}"; rename one`);
    if (typeof says?.en !== "string" || typeof says.ko !== "string" || typeof run !== "function")
      refuse(`"${id}" needs says: { en, ko } and run(access)`);
    if (kind !== undefined && !violationKinds.includes(kind))
      refuse(`"${id}" has the kind ${JSON.stringify(kind)}; leave it out, or choose ${violationKinds.join(", ")}`);
    seen.add(id);
  }
  return checks;
}
