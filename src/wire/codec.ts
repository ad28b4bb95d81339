import { SeamlineError } from "../contract/errors.ts";

/**
 * Values between modules, as JSON text.
 *
 * What promises hold: a value that passes here arrives as the same value, and a value that cannot is refused with the
 * path of the culprit, before a byte is sent. `copyValue` gives a joined call the same treatment without the text, so
 * that `decode(JSON.parse(encode(value)))` and `copyValue(value)` return equal values or refuse at the same path.
 *
 * How: plain JSON stands for itself. What JSON lacks is an object with the key "$":
 *
 *     undefined      {"$":"undefined"}                     Date     {"$":"date","v":1767225600000}, invalid: "v":null
 *     NaN            {"$":"number","v":"NaN"}              bytes    {"$":"bytes","v":"<base64>"}
 *     ±Infinity      {"$":"number","v":"-Infinity"}        Map      {"$":"map","v":[[key,value],…]}
 *     bigint         {"$":"bigint","v":"123"}              Set      {"$":"set","v":[…]}
 *     an object that itself has the key "$"                         {"$":"object","v":{"$":…}}
 *
 * What is normalised: -0 becomes 0; a property whose value is undefined is dropped, a hole in an array is undefined; a
 * Buffer becomes a Uint8Array; an object without prototype gets the usual one; keys that are symbols are not seen; the
 * key "__proto__" is dropped, because the next `Object.assign` would turn it into a prototype.
 *
 * What is refused: functions, symbols, class instances, cycles, more than `maxDepth` containers inside one another, and
 * more than `maxUnits` units. Every value costs 8 units; a string, a bigint's digits, bytes and an object's keys cost
 * their length on top. Whoever validates and copies with code of its own can count the same sum without the text.
 *
 * One walker does all three, because three walkers would soon disagree.
 */

/** Containers (arrays, objects, Maps, Sets) inside one another. Larger risks the stack of whoever reads the value. */
export const maxDepth = 64;
/** Larger lets one call stop a process for longer than a deadline; smaller refuses honest lists. */
export const maxUnits = 1_048_576;

/** A value that cannot go between modules. `path` names the culprit: "items[3].name"; "" is the value itself. */
export class CodecError extends SeamlineError {
  override name = "CodecError";
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super("invalid", `${path === "" ? "the value" : path} ${reason}`, { data: { path }, cause });
    this.path = path;
  }
}

/** JSON text of any acceptable value. @throws CodecError */
export function encode(value: unknown, path = ""): string {
  return JSON.stringify(run(value, "encode", path));
}

/** The value that `encode` was given, from JSON that is parsed already. @throws CodecError also for unknown tags */
export function decode(json: unknown, path = ""): unknown {
  return run(json, "decode", path);
}

/** What `decode(JSON.parse(encode(value)))` would return, without the text. @throws CodecError */
export function copyValue(value: unknown, path = ""): unknown {
  return run(value, "copy", path);
}

type Mode = "encode" | "decode" | "copy";
type Container = Record<string, unknown>;

/** On its way out of the walk; each level puts its own step in front. Never leaves this file. */
class Refusal extends Error {
  readonly steps: string[] = [];
  /** Steps that lead to the culprit; the rest of a cycle only repeats them. */
  readonly keep: number;

  constructor(reason: string, keep = Infinity, cause?: unknown) {
    super(reason, { cause });
    this.keep = keep;
  }
}

function run(value: unknown, mode: Mode, path: string): unknown {
  const walk = new Walk(mode);
  try {
    return walk.value(value, 0);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new CodecError(joined(path, error.steps.toReversed().slice(0, error.keep)), error.message, error.cause);
  }
}

function joined(prefix: string, steps: string[]): string {
  const path = prefix + steps.join("");
  return prefix === "" && path.startsWith(".") ? path.slice(1) : path;
}

class Walk {
  readonly #mode: Mode;
  #units = 0;
  /** The containers around the current value, outermost first: to tell a cycle from mere depth. */
  readonly #around: object[] = [];

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  value(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        this.#spend(8 + value.length);
        return value;
      case "number":
        this.#spend(8);
        if (Number.isFinite(value)) return value === 0 ? 0 : value;
        return this.#mode === "encode" ? { $: "number", v: String(value) } : value;
      case "boolean":
        this.#spend(8);
        return value;
      case "undefined":
        this.#spend(8);
        return this.#mode === "encode" ? { $: "undefined" } : undefined;
      case "bigint":
        return this.#bigint(value);
      case "object":
        if (value !== null) return this.#object(value, depth);
        this.#spend(8);
        return null;
      default:
        throw new Refusal(`is a ${typeof value}; only plain data can go from one module to another`);
    }
  }

  #spend(units: number): void {
    this.#units += units;
    if (this.#units > maxUnits)
      throw new Refusal(`makes the whole larger than ${maxUnits} units; send less at a time, in pages`);
  }

  #bigint(value: bigint): unknown {
    const digits = String(value);
    this.#spend(8 + digits.length);
    return this.#mode === "encode" ? { $: "bigint", v: digits } : value;
  }

  #object(value: object, depth: number): unknown {
    const prototype = Object.getPrototypeOf(value) as unknown;
    if (Array.isArray(value) && prototype === Array.prototype) return this.#array(value, this.#enter(value, depth));
    if (prototype === Object.prototype || prototype === null) {
      if (this.#mode === "decode" && Object.hasOwn(value, "$")) return this.#tagged(value as Container, depth);
      return this.#record(value as Container, this.#enter(value, depth));
    }
    if (prototype === Date.prototype) return this.#date(value as Date);
    if (prototype === Map.prototype) return this.#map(value as Map<unknown, unknown>, this.#enter(value, depth));
    if (prototype === Set.prototype) return this.#set(value as Set<unknown>, this.#enter(value, depth));
    if (prototype === Uint8Array.prototype || prototype === Buffer.prototype) return this.#bytes(value as Uint8Array);
    throw new Refusal(`is ${kindOf(value)}; only plain data can go from one module to another`);
  }

  /** @returns the depth inside `container` */
  #enter(container: object, depth: number): number {
    this.#spend(8);
    this.#around.length = depth;
    if (depth < maxDepth) {
      this.#around.push(container);
      return depth + 1;
    }
    const first = this.#around.findIndex((outer, index) => this.#around.indexOf(outer) < index);
    if (first !== -1) throw new Refusal("refers back to a value that contains it", first);
    if (this.#around.includes(container)) throw new Refusal("refers back to a value that contains it");
    throw new Refusal(`lies more than ${maxDepth} levels deep; flatten it`);
  }

  #array(from: readonly unknown[], depth: number): unknown[] {
    // Counted ahead, so that a hole of a billion elements is refused before it is walked.
    if (this.#units + from.length * 8 > maxUnits) this.#spend(from.length * 8);
    const to: unknown[] = [];
    let index = 0;
    try {
      for (; index < from.length; index++) to.push(this.value(from[index], depth));
    } catch (error) {
      throw located(error, `[${index}]`);
    }
    return to;
  }

  #record(from: Container, depth: number): Container {
    const to: Container = {};
    let at = "";
    try {
      for (const key of Object.keys(from)) {
        at = key;
        const value = from[key];
        if (value === undefined || key === "__proto__") continue;
        this.#spend(key.length);
        const copy = this.value(value, depth);
        // A tag that decodes to undefined is a property that should not have been sent.
        if (copy !== undefined) to[key] = copy;
      }
    } catch (error) {
      throw located(error, /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(at) ? `.${at}` : `[${JSON.stringify(at)}]`);
    }
    return this.#mode === "encode" && Object.hasOwn(to, "$") ? { $: "object", v: to } : to;
  }

  #date(value: Date): unknown {
    this.#spend(8);
    // JSON writes an invalid date's NaN as null.
    return this.#mode === "encode" ? { $: "date", v: value.getTime() } : new Date(value.getTime());
  }

  #bytes(value: Uint8Array): unknown {
    this.#spend(8 + value.length);
    if (this.#mode !== "encode") return new Uint8Array(value);
    return { $: "bytes", v: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  }

  #map(from: Iterable<readonly [unknown, unknown]>, depth: number): unknown {
    const entries: [unknown, unknown][] = [];
    let step = "";
    try {
      for (const [key, value] of from) {
        step = `[${entries.length}].key`;
        const keyCopy = this.value(key, depth);
        step = `[${entries.length}].value`;
        entries.push([keyCopy, this.value(value, depth)]);
      }
    } catch (error) {
      throw located(error, step);
    }
    return this.#mode === "encode" ? { $: "map", v: entries } : new Map(entries);
  }

  #set(from: Iterable<unknown>, depth: number): unknown {
    const values: unknown[] = [];
    try {
      for (const value of from) values.push(this.value(value, depth));
    } catch (error) {
      throw located(error, `[${values.length}]`);
    }
    return this.#mode === "encode" ? { $: "set", v: values } : new Set(values);
  }

  #tagged({ $: tag, v }: Container, depth: number): unknown {
    if (tag === "undefined") return this.value(undefined, depth);
    if (tag === "number" && (v === "NaN" || v === "Infinity" || v === "-Infinity")) return this.value(Number(v), depth);
    if (tag === "date" && (v === null || Number.isFinite(v))) return this.#date(new Date((v as number | null) ?? NaN));
    if (tag === "bigint" && typeof v === "string") return this.#digits(v);
    if (tag === "bytes" && typeof v === "string") return this.#base64(v);
    if (tag === "object" && typeof v === "object" && v !== null && !Array.isArray(v))
      return this.#record(v as Container, this.#enter(v, depth));
    if (tag === "set" && Array.isArray(v)) return this.#set(v, this.#enter(v, depth));
    if (tag === "map" && Array.isArray(v) && v.every((entry) => Array.isArray(entry) && entry.length === 2))
      return this.#map(v as [unknown, unknown][], this.#enter(v, depth));
    const name = typeof tag === "string" ? JSON.stringify(tag.slice(0, 20)) : `a ${typeof tag}`;
    throw new Refusal(`carries a tag that is not understood, or that does not fit its value: ${name}`);
  }

  #digits(text: string): bigint {
    this.#spend(8 + text.length);
    if (!/^-?(?:0|[1-9]\d*)$/.test(text) || text === "-0") throw new Refusal("is tagged as a bigint but is not one");
    return BigInt(text);
  }

  #base64(text: string): Uint8Array {
    const bytes = Buffer.from(text, "base64");
    this.#spend(8 + bytes.length);
    if (bytes.toString("base64") !== text) throw new Refusal("is tagged as bytes but is not base64");
    return new Uint8Array(bytes);
  }
}

/** Puts a step in front of a refusal's path. Anything else thrown came from a getter or a proxy of the value. */
function located(error: unknown, step: string): Refusal {
  const refusal = error instanceof Refusal ? error : new Refusal("cannot be read", Infinity, error);
  refusal.steps.push(step);
  return refusal;
}

function kindOf(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an object with a prototype of its own";
}
