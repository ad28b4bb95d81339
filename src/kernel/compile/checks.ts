import type { Def } from "./facts.ts";
import type { Writer } from "./writer.ts";

/** Checks such as min, max and regex, written as statements that leave by `return no`. */

export function hasChecks(def: Def): boolean {
  return (def.checks?.length ?? 0) > 0;
}

/** String formats whose whole check is their pattern. */
const patternFormats = new Set(
  "regex uuid guid email datetime date time duration nanoid cuid cuid2 ulid lowercase uppercase starts_with ends_with includes".split(
    " ",
  ),
);

/** A format such as uuid is itself a check, beside those that were added to it. */
function checksOf(def: Def): Record<string, any>[] {
  const added = (def.checks ?? []).map((check) => check._zod.def as Record<string, any>);
  return def["check"] === undefined ? added : [def, ...added];
}

/** Statements for all checks; null when one of them cannot be written out. */
function allChecks(def: Def, write: (check: Record<string, any>) => string | null): string | null {
  const statements = checksOf(def).map(write);
  return statements.includes(null) ? null : statements.join(" ");
}

export function stringChecks(def: Def, writer: Writer, v: string): string | null {
  return allChecks(def, (check) => {
    const length = lengthCheck(check, v);
    if (length !== null) return length;
    if (check["check"] === "overwrite")
      return `${v} = ${writer.reference(check["tx"])}(${v}); if (typeof ${v} !== "string") return no;`;
    const { pattern, format } = check;
    const whole = check["check"] === "string_format" && patternFormats.has(format as string);
    if (!whole || !(pattern instanceof RegExp) || pattern.global || pattern.sticky) return null;
    return `if (!${writer.reference(pattern)}.test(${v})) return no;`;
  });
}

export function numberChecks(def: Def, v: string): string | null {
  return allChecks(def, ({ check, value, inclusive, format }) => {
    const limit = typeof value === "number" ? value : null;
    if (check === "greater_than" && limit !== null) return `if (!(${v} ${inclusive ? ">=" : ">"} ${limit})) return no;`;
    if (check === "less_than" && limit !== null) return `if (!(${v} ${inclusive ? "<=" : "<"} ${limit})) return no;`;
    return check === "number_format" && format === "safeint" ? `if (!Number.isSafeInteger(${v})) return no;` : null;
  });
}

export function lengthChecks(def: Def, v: string): string | null {
  return allChecks(def, (check) => lengthCheck(check, v));
}

function lengthCheck(check: Record<string, any>, v: string): string | null {
  if (check["check"] === "min_length") return `if (${v}.length < ${Number(check["minimum"])}) return no;`;
  if (check["check"] === "max_length") return `if (${v}.length > ${Number(check["maximum"])}) return no;`;
  return check["check"] === "length_equals" ? `if (${v}.length !== ${Number(check["length"])}) return no;` : null;
}
