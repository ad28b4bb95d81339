import type { Schema } from "../../contract/contract.ts";
import { CodecError, copyValue, maxDepth } from "../../wire/codec.ts";

/** What a compiled function answers when it does not recognise a value. */
export const no = Symbol("no");

/** What the schema itself makes of a value, copied. */
export function ask(schema: Schema, value: unknown): unknown {
  const result = validate(schema, value);
  if (result instanceof Promise)
    throw new CodecError("", "has a schema that checks asynchronously; contracts need schemas that answer at once");
  if (result.issues) {
    const issue = result.issues[0];
    const path = (issue?.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    throw new CodecError(toPath(path), `does not fit the contract: ${issue?.message ?? "refused by its schema"}`);
  }
  return copyValue(result.value);
}

function validate(schema: Schema, value: unknown): ReturnType<Schema["~standard"]["validate"]> {
  try {
    return schema["~standard"].validate(value);
  } catch (error) {
    if (error instanceof RangeError)
      throw new CodecError("", `lies more than ${maxDepth} levels deep, or refers back to itself; flatten it`);
    throw error;
  }
}

function toPath(parts: readonly PropertyKey[]): string {
  return parts
    .map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? String(part) : `.${String(part)}`))
    .join("");
}

/** The same, with `no` for a refusal. */
export function tryAsk(schema: Schema, value: unknown): unknown {
  try {
    return ask(schema, value);
  } catch (error) {
    if (error instanceof CodecError) return no;
    throw error;
  }
}
