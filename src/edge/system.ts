import type { FastifyInstance } from "fastify";
import type { Answers } from "./answer.ts";
import { tagAndCompress } from "./compress.ts";
import type { EdgeHost } from "./edge.ts";
import { prefersHtml } from "./headers.ts";
import { openApi } from "./openapi.ts";
import { explanationPage } from "./page.ts";
import { contractStatus, explain, titleOf } from "./problem.ts";
import { jsonSchemaOf, unmarked } from "./schema.ts";

/** The addresses that every process has. */
export async function systemRoutes(fastify: FastifyInstance, host: EdgeHost, answers: Answers): Promise<void> {
  fastify.get("/livez", (_request, reply) =>
    reply.header("cache-control", "no-store").type("text/plain; charset=utf-8").send("ok"),
  );
  fastify.get("/readyz", (_request, reply) => {
    const { ready, parts } = host.health();
    const degraded = Object.values(parts).some((state) => state !== "ready");
    const status = !ready ? "not ready" : degraded ? "degraded" : "ready";
    return reply
      .code(ready ? 200 : 503)
      .header("cache-control", "no-store")
      .send({ status, process: host.process, parts });
  });
  await fastify.register(async (documents) => {
    await tagAndCompress(documents);
    let text: string | null = null;
    documents.get("/openapi.json", (_request, reply) => {
      text ??= JSON.stringify(openApi(host.app, host.operations));
      reply.headers({ "access-control-allow-origin": "*", "cache-control": "no-cache" });
      return reply.type("application/json; charset=utf-8").send(text);
    });
    problemTypes(documents, host, answers);
  });
}

/** What each problem's `type` leads to. */
function problemTypes(fastify: FastifyInstance, host: EdgeHost, answers: Answers): void {
  fastify.get<{ Params: { code: string } }>("/problems/:code", (request, reply) => {
    const { code } = request.params;
    const about = explain(code) ?? explainDeclared(host, code);
    if (about === null) return answers.notFound(request, reply);
    reply.headers({ vary: "accept", "access-control-allow-origin": "*", "cache-control": "no-cache" });
    return prefersHtml(request.headers)
      ? reply.type("text/html; charset=utf-8").send(explanationPage(code, about))
      : reply.send({ type: `/problems/${code}`, code, ...about });
  });
}

function explainDeclared(
  host: EdgeHost,
  full: string,
): ({ data: unknown } & NonNullable<ReturnType<typeof explain>>) | null {
  const [module, name, code = ""] = full.split(".");
  const operation = host.operations.find((one) => one.module === module && one.name === name);
  if (operation === undefined || !Object.hasOwn(operation.errors, code)) return null;
  return {
    status: contractStatus(code),
    title: titleOf(code),
    detail: `${module}.${name} may end with this; it is part of the contract.`,
    data: unmarked(jsonSchemaOf(operation.errors[code]!, "output")),
  };
}
