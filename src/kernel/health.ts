import { isDeepStrictEqual } from "node:util";
import { monotonicMs } from "../contract/deadline.ts";
import type { ModuleStore } from "../data/data.ts";

/** How often each store is asked whether it is there, and how long it has to answer. */
const periodMs = 2000;
const answerMs = 1000;

/**
 * Watches the parts of this process, which may change: a module is "ready" while its store answers. Calls `changed` at once and whenever
 * something changes.
 *
 * @returns a function that ends the watch
 */
export function watchHealth(
  stores: (part: string) => ModuleStore | null,
  parts: () => readonly string[],
  changed: (health: Readonly<Record<string, string>>) => void,
): () => void {
  let health = Object.fromEntries(parts().map((part) => [part, "ready"]));
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  changed(health);
  const look = async (): Promise<void> => {
    const entries = await Promise.all(parts().map(async (part) => [part, await stateOf(stores(part))] as const));
    if (stopped) return;
    const before = health;
    health = Object.fromEntries(entries);
    if (!isDeepStrictEqual(before, health)) changed(health);
    next();
  };
  const next = (): void => {
    timer = setTimeout(() => void look(), periodMs).unref();
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function stateOf(store: ModuleStore | null): Promise<string> {
  if (!store) return "ready";
  try {
    const reader = store.reader({ deadline: monotonicMs() + answerMs, signal: null });
    await reader.selectNoFrom((expression) => expression.lit(1).as("one")).execute();
    return "ready";
  } catch (error) {
    return `its database does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}
