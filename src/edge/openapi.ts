import type { Operation } from "../contract/contract.ts";
import { contractStatus, titleOf, transportProblems } from "./problem.ts";
import { jsonSchemaOf, unmarked, type JsonSchema } from "./schema.ts";

/** OpenAPI 3.1 from contracts: pure, so that a process and the command line say the same. */

export interface OpenApi {
  openapi: "3.1.0";
  info: { title: string; version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, object>>;
  components: Record<"schemas" | "responses" | "securitySchemes", Record<string, object>>;
}

/** @param operations those without an `http` route are left out */
export function openApi(app: string, operations: readonly Operation[]): OpenApi {
  const routed = operations.filter((operation) => operation.http !== null);
  const document: OpenApi = {
    openapi: "3.1.0",
    info: { title: app, version: "1" },
    tags: [...new Set(routed.map((operation) => operation.module))].map((name) => ({ name })),
    paths: {},
    components: {
      schemas: { Problem: problemSchema({}) },
      responses: {},
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    },
  };
  document.components.responses["problem"] = {
    description: "Anything else: see `code`",
    content: problemContent([{ $ref: "#/components/schemas/Problem" }]),
  };
  for (const operation of routed) {
    const [method, path] = operation.http!.split(" ") as [string, string];
    const template = path.replaceAll(/:([A-Za-z_]\w*)(\([^)]*\))?/g, "{$1}");
    (document.paths[template] ??= {})[method.toLowerCase()] = describe(
      operation,
      template,
      document.components.schemas,
    );
  }
  return document;
}

type Schemas = Record<string, object>;

function describe(operation: Operation, path: string, schemas: Schemas): object {
  const { module, name, kind } = operation;
  const id = `${module}.${name}`;
  const reads = /^(GET|DELETE) /.test(operation.http!);
  const input =
    operation.input === undefined ? null : place(jsonSchemaOf(operation.input, "input"), `${id}.input`, schemas);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const body = reads || input === null ? null : withoutFields(input, inPath, schemas);
  return {
    operationId: id,
    tags: [module],
    summary: `${titleOf(name)} (${kind})`,
    parameters: [...parameters(input, inPath, reads, schemas), ...(kind === "command" ? [idempotencyKey] : [])],
    ...(body === null ? {} : { requestBody: { required: true, content: { "application/json": { schema: body } } } }),
    responses: responses(operation, id, schemas),
    security: [{}, { bearer: [] }],
  };
}

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "Two requests with one key have one effect and one answer.",
  schema: { type: "string", minLength: 1, maxLength: 200 },
};

function parameters(input: JsonSchema | null, inPath: string[], reads: boolean, schemas: Schemas): object[] {
  const { properties, required } = fieldsOf(input ?? {}, schemas);
  const path = inPath.map((name) => ({
    name,
    in: "path",
    required: true,
    schema: properties[name] ?? { type: "string" },
  }));
  if (!reads) return path;
  const query = Object.entries(properties)
    .filter(([name]) => !inPath.includes(name))
    .map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }));
  return [...path, ...query];
}

interface Fields {
  properties: Record<string, JsonSchema>;
  required: string[];
}

/** An object schema's fields, also where it became a component. */
function fieldsOf(schema: JsonSchema, schemas: Schemas): Fields {
  const reference = schema["$ref"] as string | undefined;
  if (reference !== undefined) return fieldsOf(schemas[reference.split("/").at(-1)!] as JsonSchema, schemas);
  const { properties = {}, required = [] } = schema as Partial<Fields>;
  return { properties, required };
}

/** The body's schema: the input without what the path says already; null where nothing is left. */
function withoutFields(input: JsonSchema, names: string[], schemas: Schemas): JsonSchema | null {
  if (names.length === 0) return input;
  const fields = fieldsOf(input, schemas);
  const properties = Object.fromEntries(Object.entries(fields.properties).filter(([name]) => !names.includes(name)));
  if (Object.keys(properties).length === 0) return null;
  return { type: "object", properties, required: fields.required.filter((name) => !names.includes(name)) };
}

function responses(operation: Operation, id: string, schemas: Schemas): object {
  const byStatus = new Map<number, { says: string[]; refs: object[] }>();
  const add = (status: number, code: string, schema: string): void => {
    const entry = byStatus.get(status) ?? { says: [], refs: [] };
    entry.says.push(code);
    entry.refs.push({ $ref: `#/components/schemas/${schema}` });
    byStatus.set(status, entry);
  };
  for (const [code, schema] of Object.entries(operation.errors)) {
    const name = `${id}.${code}`;
    const data = place(jsonSchemaOf(schema, "output"), `${name}.data`, schemas);
    schemas[name] = problemSchema({ type: `/problems/${name}`, status: contractStatus(code), code, data });
    add(contractStatus(code), code, name);
  }
  for (const [code, { status }] of Object.entries(transportProblems)) {
    // Nobody reads the answer to a request that was given up, nor is input checked where there is none.
    if (code === "cancelled" || (code === "invalid" && operation.input === undefined)) continue;
    schemas[`problem.${code}`] ??= problemSchema({ type: `/problems/${code}`, code });
    add(status, code, `problem.${code}`);
    if (code === "denied") add(401, code, "problem.denied");
  }
  const failures = [...byStatus].map(([status, { says, refs }]) => [
    status,
    { description: says.join(", "), content: problemContent(refs) },
  ]);
  return {
    ...success(operation, id, schemas),
    ...Object.fromEntries(failures),
    default: { $ref: "#/components/responses/problem" },
  };
}

function success(operation: Operation, id: string, schemas: Schemas): object {
  if (operation.output === undefined) return { 204: { description: "Done" } };
  const schema = place(jsonSchemaOf(operation.output, "output"), `${id}.output`, schemas);
  return { 200: { description: "The result", content: { "application/json": { schema } } } };
}

function problemContent(schemas: object[]): object {
  return { "application/problem+json": { schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas } } };
}

/** RFC 9457, with what is known of one kind of problem. */
function problemSchema(known: { type?: string; status?: number; code?: string; data?: JsonSchema }): object {
  const constant = (type: string, value: unknown): object => (value === undefined ? { type } : { type, const: value });
  return {
    type: "object",
    properties: {
      type: { ...constant("string", known.type), format: "uri-reference" },
      title: { type: "string" },
      status: constant("integer", known.status),
      detail: { type: "string" },
      instance: { type: "string", format: "uri-reference" },
      code: constant("string", known.code),
      traceId: { type: "string", pattern: "^[0-9a-f]{32}$" },
      data: known.data ?? {},
    },
    required: ["type", "title", "status", "detail", "code", ...(known.data === undefined ? [] : ["data"])],
  };
}

/**
 * Makes a schema's inner references point into the document: its `$defs` become components, and so does the schema
 * itself where it contains itself.
 */
function place(schema: JsonSchema, name: string, schemas: Schemas): JsonSchema {
  const { $defs = {}, ...rest } = unmarked(schema) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  const component = (definition: string): string => `${name}.${definition.replaceAll(/[^A-Za-z0-9._-]/g, "_")}`;
  const point = (reference: string): string => {
    const inner = /^#\/\$defs\/([^/]+)$/.exec(reference)?.[1];
    return `#/components/schemas/${inner === undefined ? name : component(inner)}`;
  };
  const move = (part: unknown): any => {
    if (Array.isArray(part)) return part.map(move);
    if (typeof part !== "object" || part === null) return part;
    const reference = (part as JsonSchema)["$ref"];
    if (typeof reference === "string") return { ...part, $ref: point(reference) };
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, move(value)]));
  };
  for (const [key, definition] of Object.entries($defs)) schemas[component(key)] = move(definition);
  const moved = move(rest) as JsonSchema;
  if (!JSON.stringify(moved).includes(`"#/components/schemas/${name}"`) && !usesSelf(schemas, name)) return moved;
  schemas[name] = moved;
  return { $ref: `#/components/schemas/${name}` };
}

/** Whether a definition that was moved out refers back to the whole. */
function usesSelf(schemas: Schemas, name: string): boolean {
  return Object.entries(schemas).some(
    ([key, schema]) => key.startsWith(`${name}.`) && JSON.stringify(schema).includes(`"#/components/schemas/${name}"`),
  );
}
