import type { JsonSchema } from "./schema.ts";

/**
 * Between JSON as foreign clients write it and the values of a contract: a Date is an ISO string, a bigint its decimal
 * digits, bytes are base64, a Map is an object, a Set an array. Path and query values are text, so numbers, booleans
 * and lists are read from text as well. Whatever does not look like its type is passed on as it came: the contract's
 * own validation then says what is wrong with it, in one place and in one way.
 */

export type Reader = (value: unknown) => unknown;

const numberText = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Compiles a reader, once for each operation. null: such values need no reading.
 *
 * @param form "text" for path and query values, "json" for a body
 */
export function readerOf(schema: JsonSchema, form: "text" | "json"): Reader | null {
  return new Readers(schema, form).of(schema);
}

class Readers {
  readonly #root: JsonSchema;
  readonly #form: "text" | "json";
  /** A schema being compiled is here already, so that one that contains itself ends. */
  readonly #references = new Map<string, { reader: Reader | null }>();

  constructor(root: JsonSchema, form: "text" | "json") {
    this.#root = root;
    this.#form = form;
  }

  of(schema: unknown): Reader | null {
    if (typeof schema !== "object" || schema === null) return null;
    const own = schema as JsonSchema;
    if (typeof own["$ref"] === "string") return this.#reference(own["$ref"]);
    if (own["x-rich"] !== undefined) return this.#rich(own);
    const branches = (own["anyOf"] ?? own["oneOf"]) as JsonSchema[] | undefined;
    if (branches !== undefined) return this.#oneOf(branches);
    const all = own["allOf"] as JsonSchema[] | undefined;
    if (all !== undefined) return chain(all.map((part) => this.of(part)));
    return this.#plain(own);
  }

  #reference(name: string): Reader | null {
    const known = this.#references.get(name);
    // While the target is being compiled nobody knows yet whether it needs reading, so ask when a value comes.
    if (known !== undefined) return (value) => (known.reader === null ? value : known.reader(value));
    const entry: { reader: Reader | null } = { reader: null };
    this.#references.set(name, entry);
    entry.reader = this.of(resolve(this.#root, name));
    return entry.reader;
  }

  #plain(schema: JsonSchema): Reader | null {
    const types = [schema["type"]].flat();
    if (types.length > 1) return this.#oneOf(types.map((type) => ({ ...schema, type })));
    if (types.includes("object")) return this.#object(schema);
    if (types.includes("array")) return this.#array(schema);
    if (this.#form === "json" || types.includes("string")) return null;
    if (types.includes("number") || types.includes("integer"))
      return (value) => (typeof value === "string" && numberText.test(value) ? Number(value) : value);
    if (types.includes("boolean")) return (value) => (value === "true" ? true : value === "false" ? false : value);
    return null;
  }

  #object(schema: JsonSchema): Reader | null {
    const fields = new Map<string, Reader>();
    for (const [name, field] of Object.entries((schema["properties"] ?? {}) as object)) {
      const reader = this.of(field);
      if (reader !== null) fields.set(name, reader);
    }
    const rest = this.of(schema["additionalProperties"]);
    if (fields.size === 0 && rest === null) return null;
    const declared = (schema["properties"] ?? {}) as object;
    return (value) => {
      if (!isPlain(value)) return value;
      const read: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(value)) {
        const reader = fields.get(name) ?? (Object.hasOwn(declared, name) ? null : rest);
        define(read, name, reader === null ? field : reader(field));
      }
      return read;
    };
  }

  #array(schema: JsonSchema): Reader | null {
    const items = this.of(schema["items"]);
    const prefix = ((schema["prefixItems"] ?? []) as JsonSchema[]).map((item) => this.of(item));
    const list = this.#form === "text" ? (value: unknown): unknown[] => [value].flat() : null;
    if (items === null && prefix.every((item) => item === null)) return list;
    return (value) => {
      const values = list === null ? value : list(value);
      if (!Array.isArray(values)) return value;
      return values.map((item, index) => ((index < prefix.length ? prefix[index] : items) ?? keep)(item));
    };
  }

  /** The first branch that has the value's form and makes something of it. Text that a branch takes as it is stays. */
  #oneOf(branches: JsonSchema[]): Reader | null {
    const bare = branches.some(
      (branch) => [branch["type"]].flat().includes("string") && branch["x-rich"] === undefined,
    );
    const readers = branches.map((branch) => ({ branch, reader: this.of(branch) }));
    if (readers.every(({ reader }) => reader === null)) return null;
    return (value) => {
      if (bare && typeof value === "string") return value;
      for (const { branch, reader } of readers) {
        if (reader === null || !fits(this.#root, branch, value)) continue;
        const read = reader(value);
        if (read !== value) return read;
      }
      return value;
    };
  }

  #rich(schema: JsonSchema): Reader {
    switch (schema["x-rich"]!) {
      case "date":
        return (value) => (typeof value === "string" && !Number.isNaN(Date.parse(value)) ? new Date(value) : value);
      case "bigint":
        return (value) =>
          (typeof value === "string" && /^-?[0-9]+$/.test(value)) || Number.isSafeInteger(value)
            ? BigInt(value as string | number)
            : value;
      case "bytes":
        return (value) =>
          typeof value === "string" && base64Text.test(value) ? new Uint8Array(Buffer.from(value, "base64")) : value;
      case "set": {
        const list = this.#array(schema) ?? keep;
        return (value) => {
          const values = list(value);
          return Array.isArray(values) ? new Set(values) : value;
        };
      }
      case "map":
        return this.#map(schema);
    }
  }

  #map(schema: JsonSchema): Reader {
    const key = readerOf((schema["x-key"] ?? {}) as JsonSchema, "text") ?? keep;
    const entry = this.of(schema["additionalProperties"]) ?? keep;
    return (value) =>
      isPlain(value) ? new Map(Object.entries(value).map(([name, field]) => [key(name), entry(field)])) : value;
  }
}

function keep(value: unknown): unknown {
  return value;
}

function chain(readers: (Reader | null)[]): Reader | null {
  const parts = readers.filter((reader) => reader !== null);
  return parts.length === 0 ? null : (value) => parts.reduce((read, part) => part(read), value);
}

/** Whether an object could be of this branch: it has the required fields, and its constants. Others: may be. */
function fits(root: JsonSchema, branch: JsonSchema, value: unknown): boolean {
  const schema = typeof branch["$ref"] === "string" ? resolve(root, branch["$ref"]) : branch;
  if (schema["type"] !== "object" || !isPlain(value)) return true;
  const required = (schema["required"] ?? []) as string[];
  const constants = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  return (
    required.every((name) => Object.hasOwn(value, name)) &&
    constants.every(([name, field]) => field["const"] === undefined || (value as any)[name] === field["const"])
  );
}

/** What a reference inside a schema ("#", "#/$defs/Node") points to. */
export function resolve(root: JsonSchema, reference: string): JsonSchema {
  let found: unknown = root;
  for (const step of reference.split("/").slice(1))
    found = (found as JsonSchema | undefined)?.[decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~")];
  return (found ?? {}) as JsonSchema;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets an own field, even one that is called "__proto__". */
function define(target: object, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  else (target as Record<string, unknown>)[name] = value;
}

/** A contract's value as plain JSON. */
export function plainOf(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  if (value instanceof Set) return [...value].map(plainOf);
  if (Array.isArray(value)) return value.map(plainOf);
  const plain: Record<string, unknown> = {};
  const entries = value instanceof Map ? value : Object.entries(value);
  for (const [key, entry] of entries) define(plain, keyText(key), plainOf(entry));
  return plain;
}

function keyText(key: unknown): string {
  const plain = plainOf(key);
  return typeof plain === "string" ? plain : JSON.stringify(plain);
}

/** Compiles a writer of JSON text. Without rich values it is `JSON.stringify` itself, which is several times faster. */
export function writerOf(schema: JsonSchema | null): (value: unknown) => string {
  return schema !== null && isJson(schema, schema, new Set())
    ? (value) => JSON.stringify(value)
    : (value) => JSON.stringify(plainOf(value));
}

/** Whether every value of a schema is JSON already. A schema that allows anything is not. */
function isJson(root: JsonSchema, schema: unknown, seen: Set<unknown>): boolean {
  if (schema === false || seen.has(schema)) return true;
  if (typeof schema !== "object" || schema === null) return false;
  seen.add(schema);
  const own = schema as JsonSchema;
  const of = (part: unknown): boolean => isJson(root, part, seen);
  if (own["x-rich"] !== undefined) return false;
  if (typeof own["$ref"] === "string") return of(resolve(root, own["$ref"]));
  const parts = (own["anyOf"] ?? own["oneOf"] ?? own["allOf"]) as unknown[] | undefined;
  if (parts !== undefined) return parts.every(of);
  if (own["const"] !== undefined || own["enum"] !== undefined || own["not"] !== undefined) return true;
  const types = [own["type"] ?? []].flat();
  if (types.includes("array"))
    return ((own["prefixItems"] ?? []) as unknown[]).every(of) && of(own["items"] ?? own["prefixItems"] === undefined);
  if (types.includes("object"))
    return (
      Object.values((own["properties"] ?? {}) as object).every(of) &&
      (own["additionalProperties"] === undefined || of(own["additionalProperties"]))
    );
  return types.length > 0;
}
