import { createRequire } from "node:module";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { fastify, type FastifyInstance, type FastifyServerOptions } from "fastify";
import { monotonicMs } from "../contract/deadline.ts";
import { SeamlineError } from "../contract/errors.ts";
import type { Log } from "../module/module.ts";
import { Answers, pathOf, textOf } from "./answer.ts";
import type { Edge, EdgeHost, EdgeOptions } from "./edge.ts";
import { traceparentOf } from "./headers.ts";
import { httpProblem } from "./problem.ts";
import { contractRoutes } from "./routes.ts";
import { apiHeaders } from "./security.ts";
import { sites } from "./site.ts";
import { systemRoutes } from "./system.ts";

/** The largest body, in bytes. Larger lets one client fill the memory; uploads have their own way. */
const bodyLimitBytes = 1024 * 1024;
/** A client must have sent its headers, and its whole request, within these. Slower ones only hold connections. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

export async function serve(host: EdgeHost, options: EdgeOptions): Promise<Edge> {
  const life: Life = { closing: null, renewed: [] };
  const server = create(new Answers(host.log, options.secure ?? false), {});
  try {
    await answer(server, server.server, host, options, life);
    await server.listen({ port: options.port, host: options.host ?? "127.0.0.1" });
  } catch (error) {
    await server.close();
    throw startError(error, options);
  }
  return opened(server, options, life);
}

/** Has a server answer all that the host does. @param http which has the connections */
async function answer(
  server: FastifyInstance,
  http: Server,
  host: EdgeHost,
  options: EdgeOptions,
  life: Life,
): Promise<void> {
  const secure = options.secure ?? false;
  const answers = new Answers(host.log, secure);
  server.setErrorHandler((error, request, reply) => answers.error(error, request, reply, true));
  afterRequests(server, http, host.log, life);
  await server.register(async (scope) => {
    const headers = apiHeaders(secure);
    scope.addHook("onRequest", (_request, reply, done) => {
      reply.headers(headers);
      done();
    });
    await systemRoutes(scope, host, answers);
    await scope.register((contracts) => contractRoutes(contracts, host, answers));
  });
  const answered = host.pages.length > 0 && (await sites(server, host, answers, secure));
  if (!answered) server.setNotFoundHandler((request, reply) => answers.notFound(request, reply));
}

/** Another set of routes in front of the same connections: routes cannot be added to one that has begun to answer. */
async function renew(http: Server, host: EdgeHost, options: EdgeOptions, life: Life): Promise<void> {
  let handle: RequestListener;
  const aside = createHttpServer(); // never listens
  const server = create(new Answers(host.log, options.secure ?? false), {
    serverFactory: (handler) => ((handle = handler), aside),
  });
  try {
    await answer(server, http, host, options, life);
    await server.ready();
  } catch (error) {
    await server.close();
    throw startError(error, options);
  }
  life.renewed.push(server);
  http.removeAllListeners("request").on("request", handle!);
}

function create(answers: Answers, more: Pick<FastifyServerOptions, "serverFactory">): FastifyInstance {
  return fastify({
    ...more,
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    http: { headersTimeout: headersTimeoutMs },
    trustProxy: false,
    // Requests that reach a closing server on an open connection are still in hand: they are answered.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    schemaController: {
      compilersFactory: {
        buildValidator: whenNeeded("@fastify/ajv-compiler"),
        buildSerializer: whenNeeded("@fastify/fast-json-stringify-compiler"),
      },
    },
    frameworkErrors: (error, request, reply) => void answers.error(error, request, reply, true),
    clientErrorHandler: (error, socket) => refuse(error, socket),
  });
}

const ofFastify = createRequire(createRequire(import.meta.url).resolve("fastify"));

/**
 * Fastify's own schema compilers, loaded by the first route that has a Fastify schema. Contracts check their values
 * themselves, and loading ajv takes nearly half of Fastify's start.
 */
function whenNeeded(compiler: string): (...given: unknown[]) => any {
  let build: ((...given: unknown[]) => unknown) | null = null;
  return (...given) => (build ??= ofFastify(compiler)() as (...given: unknown[]) => unknown)(...given);
}

/** What is not HTTP, or too much of it, is refused before there is a request. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ""] ?? 400;
  const body = textOf(httpProblem(status, ""));
  const headers = `Content-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status} ${httpProblem(status, "").title}\r\n${headers}\r\n\r\n${body}`);
}

function afterRequests(server: FastifyInstance, http: Server, log: Log, life: Life): void {
  server.addHook("onResponse", (request, reply, done) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const traceId = traceparentOf(request.headers).slice(3, 35);
    log.debug({ method: request.method, path: pathOf(request), status: reply.statusCode, ms, traceId }, "request");
    // A connection that falls idle while the port closes would hold it up for as long as keep-alive lasts.
    if (life.closing !== null) setImmediate(() => http.closeIdleConnections());
    done();
  });
}

function startError(error: unknown, options: EdgeOptions): unknown {
  if (error instanceof SeamlineError) return error;
  const { code, message } = error as Error & { code?: string };
  const data = { port: options.port };
  if (code === "EADDRINUSE")
    return new SeamlineError(
      "port_in_use",
      `port ${options.port} is taken by another program; stop it, or choose another port with --port`,
      { data, cause: error },
    );
  if (code === "EACCES")
    return new SeamlineError(
      "start_failed",
      `port ${options.port} needs more rights; choose one above 1023 with --port`,
      {
        data,
        cause: error,
      },
    );
  if (code === "FST_ERR_DUPLICATED_ROUTE")
    return new SeamlineError("app_invalid", `two parts of one process have the same route: ${message}`, {
      cause: error,
    });
  return new SeamlineError("start_failed", `the HTTP port ${options.port} did not open: ${message}`, {
    data,
    cause: error,
  });
}

/** Opens and closes: `closing` is set once, by the first `close`. */
function opened(server: FastifyInstance, options: EdgeOptions, life: Life): Edge {
  const { port } = server.server.address() as { port: number };
  return {
    port,
    renew: (host) => renew(server.server, host, options, life),
    close(deadline) {
      life.closing ??= close(server, life, deadline);
      return life.closing;
    },
  };
}

interface Life {
  closing: Promise<void> | null;
  /** Servers that answer, or have answered, on the connections of the first. */
  readonly renewed: FastifyInstance[];
}

async function close(server: FastifyInstance, { renewed }: Life, deadline: number): Promise<void> {
  const leftMs = Math.min(Math.max(0, deadline - monotonicMs()), 2 ** 31 - 1);
  const cut = setTimeout(() => server.server.closeAllConnections(), leftMs);
  try {
    await server.close();
    await Promise.all(renewed.map((each) => each.close()));
  } finally {
    clearTimeout(cut);
  }
}
