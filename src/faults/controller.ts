import { z } from "zod";
import { SeamlineError } from "../contract/errors.ts";
import { Deed } from "./deed.ts";
import type { Fault, FaultNews, FaultSpec, Kind, Subject, TargetType } from "./faults.ts";
import { beginJournal, journalOf, note } from "./journal.ts";
import { kindOf, kinds } from "./kinds.ts";
import { thisMachine } from "./probe.ts";
import { resolve, targetsOf } from "./targets.ts";
import { Watchdog } from "./watchdog/watchdog.ts";

/**
 * Applies faults to one deployment and takes them back: when their time is over, when somebody asks, when the deployment
 * stops. What a fault needs to be undone is in the journal before anything is done, and a watchdog, started before the
 * first fault, does it in our place when we are killed or stopped.
 *
 *   refused ←─ asked ──journal, deeds──> applied ──end, heal, close──> healed
 *                          └─fails: undone at once─> refused       └─undoing fails─> failed (watchdog)
 */
export interface FaultsOptions {
  readonly subject: Subject;
  readonly onNews: (news: FaultNews) => void;
}

/** What one kind can do here. */
export interface KindView {
  readonly kind: string;
  readonly says: Kind["says"];
  readonly code: boolean;
  readonly strikes: readonly TargetType[];
  /** Words for all that it can strike in this deployment; without one, none. */
  readonly targets: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Why it cannot be done here; null: it can. */
  readonly why: string | null;
}

/** Longer is a decision of its own, not a fault. */
const longestMs = 3_600_000;
/** How long a fault may take to be applied before the watchdog takes it back. */
const applyMs = 30_000;

interface Active {
  readonly fault: Fault;
  readonly deed: Deed;
  readonly timer: NodeJS.Timeout;
  healing: Promise<void> | null;
}

export class Faults {
  readonly #subject: Subject;
  readonly #onNews: (news: FaultNews) => void;
  readonly #journal: string;
  readonly #active = new Map<string, Active>();
  readonly #applying = new Set<Promise<unknown>>();
  readonly #claims = new Map<string, string>();
  #watchdog: Promise<Watchdog> | null = null;
  #nextId = 1;
  #closed = false;

  /** Heals what a life of the deployment before has left. */
  constructor({ subject, onNews }: FaultsOptions) {
    this.#subject = subject;
    this.#onNews = onNews;
    this.#journal = journalOf(subject.directory);
    beginJournal(this.#journal);
  }

  /** In the order in which they were applied. */
  active(): Fault[] {
    return [...this.#active.values()].map(({ fault }) => fault);
  }

  /** All kinds, with what each could strike here, or why it cannot. */
  kinds(): Promise<KindView[]> {
    return Promise.all(kinds.map((kind) => viewOf(kind, this.#subject)));
  }

  /**
   * Resolves when the fault is there.
   *
   * @throws SeamlineError `usage` for a kind, target or parameter that there is not; `fault_refused` for what this machine
   *   or this deployment cannot do. Nothing is broken then.
   */
  apply(spec: FaultSpec): Promise<Fault> {
    const applying = this.#apply(spec);
    const settled = applying.then(ignore, ignore).finally(() => this.#applying.delete(settled));
    this.#applying.add(settled);
    return applying;
  }

  /** Takes faults back: one, or all. Resolves when they are. @throws SeamlineError `usage` for an id that there is not */
  async heal(id: string | null = null): Promise<Fault[]> {
    if (id !== null && !this.#active.has(id)) throw noSuch(id, [...this.#active.keys()]);
    const chosen = id === null ? [...this.#active.values()] : [this.#active.get(id)!];
    await Promise.all(chosen.map((active) => this.#heal(active)));
    return chosen.map(({ fault }) => fault);
  }

  /** Takes all back for good. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#applying);
    await this.heal();
    await (await this.#watchdog?.catch(() => null))?.close();
  }

  /** For tests; null: there was no fault yet. */
  async watchdogPid(): Promise<number | null> {
    return (await this.#watchdog)?.pid ?? null;
  }

  async #apply(spec: FaultSpec): Promise<Fault> {
    const { forMs, target: text } = spec;
    const kind = kindOf(spec.kind);
    const parameters = parametersOf(kind, spec);
    const why = await whyNot(kind, this.#subject);
    if (why !== null)
      throw new SeamlineError("fault_refused", `${kind.kind} cannot be done here: ${why}`, {
        data: { kind: kind.kind },
      });
    const target = resolve(kind, text, this.#subject);
    const watchdog = await this.#guarded();
    if (this.#closed) throw new SeamlineError("fault_refused", "the deployment is stopping");
    const id = `f${this.#nextId++}`;
    const begun = { event: "begun", id, kind: kind.kind, target: text } as const;
    const [subject, journal, claims] = [this.#subject, this.#journal, this.#claims];
    const deed = new Deed({ id, spec, subject, journal, watchdog, claims });
    note(journal, { ...begun, until: Date.now() + forMs + applyMs });
    try {
      await kind.apply(target as never, parameters, deed);
    } catch (error) {
      await deed[Symbol.asyncDispose]();
      note(journal, { event: "healed", id });
      throw error;
    }
    const appliedAt = Date.now();
    note(journal, { ...begun, until: appliedAt + forMs });
    const fault = { ...spec, id, parameters, strikes: target.type, appliedAt, endsAt: appliedAt + forMs };
    const timer = setTimeout(() => void this.#healById(id), forMs);
    this.#active.set(id, { fault, deed, timer, healing: null });
    this.#onNews({ state: "applied", fault, detail: "" });
    return fault;
  }

  #healById(id: string): Promise<void> {
    const active = this.#active.get(id);
    return active === undefined ? Promise.resolve() : this.#heal(active);
  }

  #heal(active: Active): Promise<void> {
    return (active.healing ??= this.#undo(active));
  }

  async #undo({ fault, deed, timer }: Active): Promise<void> {
    clearTimeout(timer);
    try {
      await deed[Symbol.asyncDispose]();
      note(this.#journal, { event: "healed", id: fault.id });
      this.#onNews({ state: "healed", fault, detail: "" });
    } catch (error) {
      // It stays in the journal, so the watchdog takes it from here.
      this.#onNews({ state: "failed", fault, detail: (error as Error).message });
    } finally {
      this.#active.delete(fault.id);
    }
  }

  /** Nothing is broken while nobody could heal it in our place. */
  #guarded(): Promise<Watchdog> {
    this.#watchdog ??= Watchdog.start(this.#journal, () => {
      this.#watchdog = null;
      void this.heal();
    });
    this.#watchdog.catch(() => (this.#watchdog = null));
    return this.#watchdog;
  }
}

function ignore(): void {}

/** Kinds as far as the machine alone can tell. */
export function kindsHere(): Promise<KindView[]> {
  return Promise.all(kinds.map((kind) => viewOf(kind, null)));
}

async function viewOf(kind: Kind, subject: Subject | null): Promise<KindView> {
  return {
    kind: kind.kind,
    says: kind.says,
    code: kind.code ?? false,
    strikes: kind.targets,
    targets: subject === null ? [] : targetsOf(kind, subject),
    parameters: kind.parameters.parse({}),
    why: subject === null ? await kind.can(thisMachine) : await whyNot(kind, subject),
  };
}

async function whyNot(kind: Kind, subject: Subject): Promise<string | null> {
  if (kind.code && !subject.codeFaults)
    return "it is a fault of code, which must be allowed at the start: seamline up --faults";
  if (kind.targets.every((type) => type === "link" || type === "edge") && subject.links() === null)
    return "calls go directly from process to process; start with proxies between them: seamline up --faults";
  return kind.can(thisMachine);
}

/** With the values that were left out. @throws SeamlineError `usage` */
export function parametersOf(kind: Kind, { forMs, parameters = {} }: FaultSpec): Record<string, unknown> {
  if (!(forMs >= 0 && forMs <= longestMs))
    throw new SeamlineError("usage", `a fault lasts 0 ms to ${longestMs / 60_000} minutes, not ${forMs} ms`);
  const parsed = kind.parameters.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const known = Object.entries(kind.parameters.parse({})).map(([name, value]) => `${name} (${JSON.stringify(value)})`);
  const has = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  throw new SeamlineError("usage", `${kind.kind}: ${z.prettifyError(parsed.error).split("\n").join(" ")}; ${has}`, {
    data: { kind: kind.kind, parameters },
  });
}

function noSuch(id: string, known: readonly string[]): SeamlineError {
  const there = known.length === 0 ? "no fault is active" : `active are ${known.join(", ")}`;
  return new SeamlineError("usage", `there is no fault "${id}"; ${there}`, { data: { id } });
}
