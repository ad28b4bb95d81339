import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Where a deployment's directory remembers moves of its modules. */
export function movesDirectory(directory: string): string {
  return join(directory, "moves");
}

/** What is remembered: modules of which a move is begun and has not ended, and those of which one has ended. */
export async function rememberedMoves(directory: string): Promise<{ begun: string[]; done: string[] }> {
  const names = await readdir(movesDirectory(directory)).catch(() => []);
  const of = (pattern: RegExp): string[] => names.flatMap((name) => pattern.exec(name)?.[1] ?? []);
  return { begun: of(/^([^.]+)\.json$/), done: of(/^([^.]+)\.done\.json$/) };
}
