import type * as z from "zod/v4/core";
import { maxDepth, maxUnits } from "../../wire/codec.ts";
import { no, tryAsk } from "./ask.ts";
import type { CompiledSchema } from "./compile.ts";
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
  /** While the root is written, whose own depth is 0. */
  #inRoot = true;

  /** @param slow answers for what the function does not recognise */
  build(root: z.$ZodType, slow: (value: unknown) => unknown): (value: unknown) => unknown {
    const { statements, result } = this.inline(root, "v", 0);
    this.#inRoot = false;
    const whole = statements.replaceAll("return no;", "return slow(given);");
    const source = [
      `"use strict"; let units = 0;`,
      ...this.#functions,
      `return function copy(given) { let u = 0, v = given; units = 0; ${whole}`,
      `if (u + units > ${maxUnits}) return slow(given); return ${result}; };`,
    ].join("\n");
    // Source made from a schema of the program itself; see the essay above.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function("no", "refs", "ask", "slow", source) as (...given: unknown[]) => CompiledSchema["copy"];
    return make(no, this.#references, tryAsk, slow);
  }

  /** The name of a function for a schema, written when it is first asked for. */
  call(schema: z.$ZodType): string {
    const known = this.#names.get(schema);
    if (known !== undefined) return known;
    const name = `f${this.#names.size}`;
    this.#names.set(schema, name);
    const inRoot = this.#inRoot;
    this.#inRoot = false;
    const { statements, result } = this.#write(schema, "v", 0);
    this.#inRoot = inRoot;
    this.#functions.push(`function ${name}(v, d) { let u = 0; ${statements} units += u; return ${result}; }`);
    return name;
  }

  /** Statements for a part that lies `depth` containers inside the function's own value. */
  inline(schema: z.$ZodType, variable: string, depth: number): Code {
    const { type } = schema._zod.def;
    if (type !== "lazy" && !isRecursive(schema)) return this.#write(schema, variable, depth);
    const result = this.variable();
    const call = `${this.call(schema)}(${variable}, ${this.depth(depth)})`;
    return { statements: `const ${result} = ${call}; if (${result} === no) return no;`, result };
  }

  /** The depth of what lies `inside` containers below the function's value. */
  depth(inside: number): string {
    return this.#inRoot ? String(inside) : `d + ${inside}`;
  }

  /** A test that is true where one more container would be too many. */
  tooDeep(inside: number): string {
    return this.#inRoot && inside < maxDepth ? "false" : `${this.depth(inside)} >= ${maxDepth}`;
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
