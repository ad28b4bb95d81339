import { isDeepStrictEqual } from "node:util";
import { transportError } from "../contract/errors.ts";
import type { Log } from "../module/module.ts";
import type { Detector } from "./runtime.ts";

/**
 * The location-difference detector. For each value that a joined call carries, it does what the wire would do with it,
 * and says which call and which field would arrive differently. It costs as much as the wire's codec, so it is on in
 * development and tests only.
 */
export function createDetector(log: Log, strict: boolean): Detector {
  return (operation, side, copy) => {
    const carrier = operation[side];
    const text = carrier.toText(copy);
    const arrived = carrier.fromJson(text === "" ? undefined : JSON.parse(text));
    const there = carrier.stable ? carrier.copy(arrived) : arrived;
    if (isDeepStrictEqual(there, copy)) return;
    const field = differingField(copy, there, side);
    const message = `${operation.name}: ${field} would arrive differently over the wire`;
    log.warn({ operation: operation.name, field }, message);
    if (strict) throw transportError("internal", message, { operation: operation.name, data: { field } });
  };
}

function differingField(here: unknown, there: unknown, path: string): string {
  if (typeof here !== "object" || typeof there !== "object" || here === null || there === null) return path;
  for (const key of new Set([...Object.keys(here), ...Object.keys(there)])) {
    const one = (here as Record<string, unknown>)[key];
    const other = (there as Record<string, unknown>)[key];
    if (!isDeepStrictEqual(one, other))
      return differingField(one, other, Array.isArray(here) ? `${path}[${key}]` : `${path}.${key}`);
  }
  return path;
}
