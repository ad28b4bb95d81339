import { SeamlineError } from "../../contract/errors.ts";
import type { Deed } from "../deed.ts";
import type { SubjectDatabase, SubjectProcess } from "../faults.ts";
import { descendants, identify, type Identity } from "../identity.ts";

/** Processes that run now, claimed for this fault. @throws SeamlineError `fault_refused` when none does */
export async function running(processes: readonly SubjectProcess[], deed: Deed): Promise<Identity[]> {
  const found: Identity[] = [];
  for (const { id, pid } of processes) {
    deed.claim(id);
    if (pid !== null) found.push(await deed.own(pid, id));
  }
  if (found.length > 0) return found;
  throw new SeamlineError("fault_refused", `${processes.map(({ id }) => id).join(", ")} does not run at the moment`);
}

/** A server of ours, claimed for this fault. @throws SeamlineError `fault_refused` */
export async function server(database: SubjectDatabase, deed: Deed): Promise<Identity> {
  const { name, pid } = database;
  refuseExternal(database);
  deed.claim(`database ${name}`);
  if (pid === null) throw new SeamlineError("fault_refused", `database ${name} does not run at the moment`);
  return deed.own(pid, `database ${name}`);
}

/** A server that was given by its URL may serve others. */
export function refuseExternal({ name, external }: SubjectDatabase): void {
  if (!external) return;
  throw new SeamlineError(
    "fault_refused",
    `database ${name} is a server that was given by URL and may serve others: leave --postgres out to break one of its own`,
  );
}

/** The processes that a server has made, now. */
export function sessionsOf({ pid }: Identity): Identity[] {
  return descendants(pid).flatMap((child) => identify(child) ?? []);
}
