import { setTimeout as sleep } from "node:timers/promises";
import formbody from "@fastify/formbody";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { program, type ProgramHost, type StartedProgram } from "seamline";
import { z } from "zod";
import { Books, Refusal } from "./books.ts";
import { apiKey, cardOf, isSame, Requests, type Charge, type Operation, type RequestOf } from "./contract.ts";
import { facePages } from "./face.ts";
import { drawn, Faults } from "./simulator.ts";
import { dueTimes, WebhookSender } from "./webhooks.ts";

/** A payment provider, simulated: it keeps real books, and fails as it is told to. What it may be asked: contract.ts. */
export default program({
  async start(host): Promise<StartedProgram> {
    const books = new Books(host.directory);
    const webhooks = new WebhookSender(books, host);
    const server = fastify({ logger: false, forceCloseConnections: true });
    const close = async (): Promise<void> => {
      await webhooks.close();
      await server.close();
      books.close();
    };
    try {
      await server.register(formbody);
      server.addHook("onRequest", onlyFromHere);
      server.setErrorHandler((error, _request, reply) => answerError(host, error, reply));
      await server.register(async (scope) => apiRoutes(scope, { host, books, webhooks }));
      await server.register(async (scope) => simulatorRoutes(scope, books));
      await server.register(async (scope) => facePages(scope, books));
      await server.listen({ port: host.port, host: "127.0.0.1" });
      webhooks.start();
    } catch (error) {
      await close();
      throw error;
    }
    const { port } = server.server.address() as { port: number };
    return { port, close };
  },
});

interface Desk {
  readonly host: ProgramHost;
  readonly books: Books;
  readonly webhooks: WebhookSender;
}

/** A page of the web whose name was made to lead here must not reach it. */
async function onlyFromHere({ hostname }: FastifyRequest): Promise<void> {
  if (!["127.0.0.1", "localhost"].includes(hostname)) throw new Refusal("unknown_host", 403);
}

function answerError(host: ProgramHost, error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof Refusal) return reply.code(error.status).send({ error: error.code });
  if (error instanceof z.ZodError) return reply.code(400).send({ error: "invalid", issues: error.issues });
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status >= 500) host.log.error({ err: error }, "a request failed");
  return reply.code(status).send({ error: status < 500 ? "invalid" : "internal" });
}

function apiRoutes(scope: FastifyInstance, desk: Desk): void {
  const { books, host } = desk;
  const right = `Bearer ${apiKey(host.secret)}`;
  scope.addHook("onRequest", async ({ headers }) => {
    if (!isSame(headers.authorization ?? "", right)) throw new Refusal("unauthorized", 401);
    const { outage, slowMs } = books.faults;
    if (outage) throw new Refusal("outage", 503);
    if (slowMs > 0) await sleep(slowMs, undefined, { signal: host.signal });
  });
  scope.get("/livez", async () => ({ ok: true }));
  scope.get("/requests/:key", async ({ params }) => {
    const charge = books.answerOf((params as { key: string }).key);
    if (charge === null) throw new Refusal("no_such_request", 404);
    return charge;
  });
  scope.get("/charges", async ({ query }) => books.page((query as { after?: string }).after ?? ""));
  for (const operation of Object.keys(Requests) as Operation[])
    scope.post(`/${operation}`, (request, reply) => move(desk, operation, request, reply));
}

/** Carries out a request that moves money; nothing comes back where the fault of the day is silence. */
async function move(
  { books, host, webhooks }: Desk,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Charge | FastifyReply> {
  const key = z.string().min(1).max(200).parse(request.headers["idempotency-key"]);
  const input = Requests[operation].parse(request.body);
  const slowMs = slownessOf(books, operation, input);
  if (slowMs > 0) await sleep(slowMs, undefined, { signal: host.signal });

  const { faults } = books;
  const hits = (fault: "errorBeforeCharge" | "timeoutAfterCharge", tries: number): boolean =>
    drawn(faults.seed, fault, key, tries) < faults[fault];
  const { charge, tries } = books.once(key, JSON.stringify([operation, input]), (tries) => {
    if (hits("errorBeforeCharge", tries)) return null;
    const at = host.now().toISOString();
    const done = carryOut(books, faults, operation, input, key, at);
    const hook = { id: `hook:${key}`, type: `charge.${done.state}`, payment: done.payment, at };
    books.tell(hook, dueTimes(faults, hook.id, Date.now()));
    return done;
  });
  if (charge === null) throw new Refusal("internal", 500);
  webhooks.wake();
  const silent = tries === 1 && books.cardFor(charge.payment)?.silent;
  // The connection stays open until the client gives up, or this program ends.
  return silent || hits("timeoutAfterCharge", tries) ? reply.hijack() : charge;
}

function slownessOf(books: Books, operation: Operation, input: RequestOf<Operation>): number {
  const card =
    operation === "authorize" ? cardOf((input as RequestOf<"authorize">).card) : books.cardFor(input.payment);
  return card?.slowMs ?? 0;
}

function carryOut(
  books: Books,
  faults: Faults,
  operation: Operation,
  input: RequestOf<Operation>,
  key: string,
  at: string,
): Charge {
  if (operation === "refund") return books.refund(input as RequestOf<"refund">);
  if (operation !== "authorize") return books[operation](input);
  const request = input as RequestOf<"authorize">;
  const byChance = drawn(faults.seed, "decline", key) < faults.decline ? "declined_by_chance" : null;
  const card = cardOf(request.card) ?? { declined: "unknown_card" };
  return books.authorize(request, card.declined ?? byChance, at);
}

/** Open to whoever is on this machine: there is no real money. PUT sets everything; what it leaves out is off. */
function simulatorRoutes(scope: FastifyInstance, books: Books): void {
  scope.get("/simulator", async () => books.faults);
  scope.put("/simulator", async ({ body }) => (books.faults = Faults.parse(body ?? {})));
}
