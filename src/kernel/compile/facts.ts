import type * as z from "zod/v4/core";

/** What can be told of a zod schema by looking at its definition. */

export type Def = Record<string, any> & { type: string; checks?: z.$ZodCheck[] };

export function isZod(schema: unknown): schema is z.$ZodType {
  return typeof schema === "object" && schema !== null && "_zod" in schema;
}

/** Whether checking twice may differ from checking once. Refinements, defaults and coercions may be repeated. */
export function transforms(schema: z.$ZodType, seen = new Set<z.$ZodType>()): boolean {
  if (seen.has(schema)) return false;
  seen.add(schema);
  const def = schema._zod.def as Def;
  if (def.type === "transform" || def.type === "pipe") return true;
  return innerSchemas(def).some((inner) => transforms(inner, seen));
}

const jsonTypes = new Set(
  "string number boolean null enum literal object array tuple record union nullable default readonly lazy".split(" "),
);

/** Whether what a schema lets through is made of what JSON has. Optional counts where a property can be left out. */
export function isJson(schema: z.$ZodType, isProperty = false, seen = new Set<z.$ZodType>()): boolean {
  if (seen.has(schema)) return true;
  seen.add(schema);
  const def = schema._zod.def as Def;
  if (def.type === "optional") return isProperty && isJson(def["innerType"] as z.$ZodType, false, seen);
  return jsonTypes.has(def.type) && innerSchemas(def).every((inner) => isJson(inner, def.type === "object", seen));
}

/** Whether a schema contains itself. */
export function isRecursive(schema: z.$ZodType): boolean {
  const seen = new Set<z.$ZodType>();
  const leadsBack = (part: z.$ZodType): boolean =>
    innerSchemas(part._zod.def as Def).some((inner) => {
      if (inner === schema) return true;
      if (seen.has(inner)) return false;
      seen.add(inner);
      return leadsBack(inner);
    });
  return leadsBack(schema);
}

function innerSchemas(def: Def): z.$ZodType[] {
  const shape = def.type === "object" ? Object.values(def["shape"] as Record<string, z.$ZodType>) : [];
  const lazy = def.type === "lazy" ? [(def["getter"] as () => z.$ZodType)()] : [];
  const named = ["innerType", "element", "keyType", "valueType", "left", "right", "rest", "catchall"].map(
    (key) => def[key],
  );
  const listed = [...(def["options"] ?? []), ...(def["items"] ?? [])];
  return [...shape, ...lazy, ...named, ...listed].filter(isZod);
}
