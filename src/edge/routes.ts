import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Operation } from "../contract/contract.ts";
import { CallError, SeamlineError, transportError } from "../contract/errors.ts";
import type { Answers } from "./answer.ts";
import { compress, tagAndCompress } from "./compress.ts";
import type { EdgeHost } from "./edge.ts";
import { bearerOf, keyOf } from "./headers.ts";
import { problemOf } from "./problem.ts";
import { HttpScope } from "./scope.ts";
import { jsonSchemaOf } from "./schema.ts";
import { readerOf, writerOf, type Reader } from "./values.ts";

/** HTTP routes of contracts: JSON in, JSON out, for browser code and foreign clients. */

/**
 * Registers a route for each operation. Only JSON bodies are taken, so no form of another site can send a command.
 *
 * @throws SeamlineError `app_invalid` when two operations have one route
 */
export async function contractRoutes(fastify: FastifyInstance, host: EdgeHost, answers: Answers): Promise<void> {
  fastify.setErrorHandler((error, request, reply) => answers.error(error, request, reply, false));
  fastify.removeContentTypeParser("text/plain");
  const parse = fastify.getDefaultJsonParser("error", "error");
  fastify.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    // Clients set the type even where they send nothing, for instance with DELETE.
    if (body === "") done(null, undefined);
    else void parse(request, body as string, done);
  });
  const taken = new Map<string, Operation>();
  for (const operation of host.operations) claim(operation, taken);
  await fastify.register(async (reads) => {
    await tagAndCompress(reads);
    for (const operation of host.operations) if (methodOf(operation) === "GET") route(reads, host, operation, answers);
  });
  await fastify.register(async (writes) => {
    compress(writes);
    for (const operation of host.operations) if (methodOf(operation) !== "GET") route(writes, host, operation, answers);
  });
  for (const [path, methods] of methodsByPath(host.operations)) preflight(fastify, path, methods);
}

function claim(operation: Operation, taken: Map<string, Operation>): void {
  // Parameters with other names are the same route to the router.
  const route = operation.http!.replaceAll(/:[A-Za-z_]\w*/g, ":");
  const other = taken.get(route);
  taken.set(route, operation);
  if (other === undefined) return;
  throw new SeamlineError(
    "app_invalid",
    `${other.module}.${other.name} and ${operation.module}.${operation.name} have the same http route "${operation.http}" in one process; change one`,
    { data: { route: operation.http } },
  );
}

export function methodOf(operation: Operation): string {
  return operation.http!.slice(0, operation.http!.indexOf(" "));
}

export function pathPatternOf(operation: Operation): string {
  return operation.http!.slice(operation.http!.indexOf(" ") + 1);
}

function methodsByPath(operations: readonly Operation[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const operation of operations) {
    const path = pathPatternOf(operation);
    methods.set(path, [...(methods.get(path) ?? []), methodOf(operation)]);
  }
  return methods;
}

function route(fastify: FastifyInstance, host: EdgeHost, operation: Operation, answers: Answers): void {
  const method = methodOf(operation);
  const read = inputOf(operation);
  const write = writerOf(operation.output === undefined ? null : jsonSchemaOf(operation.output, "output"));
  const deadlineMs = host.guards === "naive" ? Infinity : operation.deadlineMs;
  const reading = method === "GET";
  fastify.route({
    method: method as "GET",
    url: pathPatternOf(operation),
    handler: async (request, reply) => {
      // Anyone's script may read what anyone may read: no credentials go with "*".
      if (reading) reply.header("access-control-allow-origin", "*");
      const bearer = bearerOf(request.headers);
      const key = operation.kind === "command" ? idempotencyKey(operation, request) : "";
      const scope = new HttpScope(request, reply, deadlineMs);
      let result: unknown;
      try {
        result = await host.call(operation, read(request), scope, bearer, key);
      } catch (error) {
        if (bearer !== "" || !isDenied(error)) throw error;
        return answers.problem({ ...problemOf(error), status: 401 }, request, reply, false);
      }
      if (reading) {
        reply.header("cache-control", bearer === "" ? "no-cache" : "private, no-cache");
        reply.header("vary", "authorization, accept-encoding");
      }
      return result === undefined ? reply.code(204).send() : send(reply, write(result));
    },
  });
}

function send(reply: FastifyReply, json: string): FastifyReply {
  return reply.header("content-type", "application/json; charset=utf-8").send(json);
}

/** Refused to someone of whom nothing is known: then it helps to sign in. */
function isDenied(error: unknown): boolean {
  return error instanceof CallError && error.origin === "transport" && error.code === "denied";
}

function idempotencyKey(operation: Operation, request: FastifyRequest): string {
  const key = keyOf(request.headers);
  if (key.length <= 200) return key;
  throw transportError("invalid", `the Idempotency-Key header has ${key.length} characters; it may have 200`, {
    operation: `${operation.module}.${operation.name}`,
    data: { field: "Idempotency-Key" },
  });
}

type InputOf = (request: FastifyRequest) => unknown;

/** Puts together an operation's input: path over query string (GET, DELETE) or body (others). */
function inputOf(operation: Operation): InputOf {
  if (operation.input === undefined) return () => undefined;
  const schema = jsonSchemaOf(operation.input, "input");
  const text: Reader = readerOf(schema, "text") ?? ((value) => value);
  const json: Reader = readerOf(schema, "json") ?? ((value) => value);
  const parameters = pathPatternOf(operation).includes(":");
  if (["GET", "DELETE"].includes(methodOf(operation)))
    return (request) => text({ ...(request.query as object), ...(request.params as object) });
  if (!parameters) return (request) => json(request.body);
  return (request) => {
    const { body } = request;
    if (body !== undefined && (typeof body !== "object" || body === null || Array.isArray(body)))
      throw transportError("invalid", "the body must be a JSON object", {
        operation: `${operation.module}.${operation.name}`,
        data: { field: "" },
      });
    return { ...(json(body ?? {}) as object), ...(text(request.params) as object) };
  };
}

/** OPTIONS of one path: what it can do, and to a browser's preflight that GET, and only GET, may be sent from anywhere. */
function preflight(fastify: FastifyInstance, path: string, methods: string[]): void {
  const readable = methods.includes("GET");
  const allow = [...methods, ...(readable ? ["HEAD"] : []), "OPTIONS"].join(", ");
  fastify.options(path, (request, reply) => {
    const asked = request.headers["access-control-request-method"];
    if (readable && (asked === "GET" || asked === "HEAD"))
      reply.headers({
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "authorization, traceparent",
        "access-control-max-age": "600",
      });
    return reply.code(204).header("allow", allow).send();
  });
}
