import { setImmediate as turn } from "node:timers/promises";

/**
 * Faults of code: what a bug would do, done in the process itself. The kernel loads this file only in a deployment that was
 * started with such faults allowed; in any other the message means nothing. Each ends by itself after its time, and with
 * its process.
 */
export type CodeFault =
  | { readonly kind: "busy"; readonly ms: number }
  | { readonly kind: "memory"; readonly mb: number };

export type ToInside =
  | {
      readonly type: "code-fault";
      readonly do: "begin";
      readonly id: string;
      readonly fault: CodeFault;
      readonly forMs: number;
    }
  | { readonly type: "code-fault"; readonly do: "end"; readonly id: string };

/** Listens to the deployment. Called once a process. */
export function listenForCodeFaults(): void {
  const active = new Map<string, AbortController>();
  process.on("message", (message: ToInside | { readonly type: string }) => {
    if (message.type !== "code-fault") return;
    const told = message as ToInside;
    if (told.do === "end") return active.get(told.id)?.abort();
    const ending = new AbortController();
    active.set(told.id, ending);
    const timer = setTimeout(() => ending.abort(), told.forMs);
    void suffer(told.fault, ending.signal).finally(() => {
      clearTimeout(timer);
      active.delete(told.id);
    });
  });
}

async function suffer(fault: CodeFault, signal: AbortSignal): Promise<void> {
  if (fault.kind === "busy") return compute(fault.ms, signal);
  const hoard: number[][] = [];
  await fill(hoard, fault.mb, signal);
  await new Promise<void>((resolve) => signal.aborted || signal.addEventListener("abort", () => resolve()));
  hoard.length = 0;
}

/** The event loop gets one turn after each spell, which is when the process answers, and hears that it is over. */
async function compute(ms: number, signal: AbortSignal): Promise<void> {
  let sink = 0;
  while (!signal.aborted) {
    for (const end = performance.now() + ms; performance.now() < end;) sink = Math.sqrt(sink + 1);
    await turn();
  }
}

/** Numbers on the heap, so that the collector has to look at them and the heap's limit holds. */
async function fill(hoard: number[][], mb: number, signal: AbortSignal): Promise<void> {
  for (let i = 0; i < mb && !signal.aborted; i++) {
    hoard.push(Array.from({ length: numbersPerMb }, (_, n) => n + 0.5));
    await turn();
  }
}

const numbersPerMb = (1024 * 1024) / 8;
