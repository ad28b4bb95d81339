import { cpuMs } from "../../deploy/cpu.ts";
import { pssBytes } from "../../deploy/memory.ts";
import type { EventInput } from "../../record/recording.ts";
import type { Recorder } from "./recorder.ts";
import type { Side } from "./side.ts";

/** What a column takes of the machine. Its app processes tell their CPU time themselves while they are metered. */

const everyMs = 1000;

/** Notes the CPU time of databases and programs once a second. @returns ends it, with a last note */
export function watchCpu(side: Side, recorder: Recorder): () => Promise<void> {
  let noting: Promise<void> = note(side, recorder, { memory: false });
  const again = (): void => {
    noting = noting.then(() => note(side, recorder, { memory: false }));
  };
  const timer = setInterval(again, everyMs);
  return async () => {
    clearInterval(timer);
    again();
    await noting;
  };
}

/** Notes the memory of everything once. Reading it takes the processor some ms a process. */
export function noteMemory(side: Side, recorder: Recorder): Promise<void> {
  return note(side, recorder, { memory: true });
}

interface Looked {
  readonly process: string;
  readonly kind: "app" | "database" | "program";
  readonly pid: number | null;
}

async function note(side: Side, recorder: Recorder, { memory }: { memory: boolean }): Promise<void> {
  const { deployment, name: column } = side;
  const processes = deployment
    .processes()
    .map(({ id, program, pid }): Looked => ({ process: id, kind: program ? "program" : "app", pid }));
  const databases = deployment
    .databases()
    .map(({ name, pid }): Looked => ({ process: `database ${name}`, kind: "database", pid }));
  for (const { process, kind, pid } of [...processes, ...databases]) {
    if (pid === null || (kind === "app" && !memory)) continue;
    // What a process says of itself and what the system says of it differ a little: only one of them is noted.
    const [cpu, pss] = await Promise.all([kind === "app" ? null : cpuMs(pid), memory ? pssBytes(pid) : null]);
    if (cpu === null && pss === null) continue;
    const line: EventInput = { type: "process", column, t: recorder.now(), process, kind, state: "ready", pid };
    recorder.write({ ...line, ...(cpu !== null && { cpuMs: cpu }), ...(pss !== null && { pssBytes: pss }) });
  }
}
