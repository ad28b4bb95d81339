import type * as z from "zod/v4/core";
import { maxUnits } from "../../wire/codec.ts";
import { no, tryAsk } from "./ask.ts";
import { isJson, isRecursive, transforms, type Def } from "./facts.ts";
import { writers } from "./writers.ts";

/** Statements that look at the variable they were written for, or leave by `return no`; and the copy they end with. */
export interface Code {
  readonly statements: string;
  readonly result: string;
}

/**
 * Writes a schema as one function, nested parts in place. Parts that refer to themselves, and the options of a union,
 * which must be able to fail on their own, get functions of their own. Every function takes a value and its depth, gives
 * a copy or `no`, and adds the copy's size to `units`.
 */
export class Writer {
  plain = true;
  stable = true;
  readonly #functions: string[] = [];
  readonly #references: unknown[] = [];
  readonly #names = new Map<z.$ZodType, string>();
  #variables = 0;

  build(root: z.$ZodType): (value: unknown) => unknown {
    const name = this.call(root);
    const source = [
      `"use strict"; let units = 0;`,
      ...this.#functions,
      `return (value) => { units = 0; const copy = ${name}(value, 0); return units > ${maxUnits} ? no : copy; };`,
    ].join("\n");
    // Source made from a schema of the program itself; see the essay above.
    // oxlint-disable-next-line typescript/no-implied-eval
    return new Function("no", "refs", "ask", source)(no, this.#references, tryAsk) as (value: unknown) => unknown;
  }

  /** The name of a function for a schema, written when it is first asked for. */
  call(schema: z.$ZodType): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const name = `f${this.#names.size}`;
    this.#names.set(schema, name);
    const { statements, result } = this.#write(schema, "v", 0);
    this.#functions.push(`function ${name}(v, d) { let u = 0; ${statements} units += u; return ${result}; }`);
    return name;
  }

  /** Statements for a part that lies `depth` containers inside the function's own value. */
  inline(schema: z.$ZodType, variable: string, depth: number): Code {
    const { type } = schema._zod.def;
    if (type !== "lazy" && !isRecursive(schema)) return this.#write(schema, variable, depth);
    const result = this.variable();
    const call = `${this.call(schema)}(${variable}, d + ${depth})`;
    return { statements: `const ${result} = ${call}; if (${result} === no) return no;`, result };
  }

  variable(): string {
    return `x${this.#variables++}`;
  }

  reference(value: unknown): string {
    this.#references.push(value);
    return `refs[${this.#references.length - 1}]`;
  }

  /** Says that copies hold more than JSON has. */
  rich(): void {
    this.plain = false;
  }

  #write(schema: z.$ZodType, v: string, depth: number): Code {
    const def = schema._zod.def as Def;
    return writers[def.type]?.(def, this, v, depth) ?? this.#leaveToSchema(schema, v);
  }

  /** The schema's own answer, for this part of the value only. */
  #leaveToSchema(schema: z.$ZodType, v: string): Code {
    if (!isJson(schema)) this.plain = false;
    if (transforms(schema)) this.stable = false;
    const result = this.variable();
    const asks = `const ${result} = ask(${this.reference(schema)}, ${v}); if (${result} === no) return no;`;
    return { statements: `${asks} u += 8;`, result };
  }
}
