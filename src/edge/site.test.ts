import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { Hono } from "hono";
import { z } from "zod";
import { contract, query } from "../contract/contract.ts";
import { transportError } from "../contract/errors.ts";
import { pages } from "../module/pages.ts";
import type { RequestScope } from "./edge.ts";
import { fetchHandler } from "./fetch.ts";
import { start } from "./testing.ts";

const board = contract("board", { list: query({ output: z.array(z.string()), http: "GET /board_list" }) });
const hidden = contract("hidden", { list: query({ output: z.array(z.string()) }) });
const html = { accept: "text/html" };

/** The scope of the test's own context: what the kernel would build its context from. */
const scopeOf = (context: unknown): RequestScope => (context as { scope: RequestScope }).scope;

test("pages are served with a policy that runs nothing inline, and no HSTS over plain http", async () => {
  const web = pages("web", {
    plugin: (fastify, site) => {
      fastify.get("/", (_request, reply) => reply.type("text/html").send(`<p>${site.secure}</p>`));
    },
  });
  await using edge = await start({ pages: [web] });
  const response = await fetch(edge.url);
  assert.equal(await response.text(), "<p>false</p>");
  const policy = response.headers.get("content-security-policy")!;
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self'(;|$)/);
  assert.match(policy, /style-src 'self'(;|$)/);
  assert.doesNotMatch(policy, /unsafe|upgrade-insecure/);
  assert.equal(response.headers.get("strict-transport-security"), null);
  assert.equal(response.headers.get("x-powered-by"), null);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(response.headers.get("referrer-policy"), "same-origin");
  await using behindTls = await start({ pages: [web] }, { secure: true });
  const secured = await fetch(behindTls.url);
  assert.equal(await secured.text(), "<p>true</p>");
  assert.match(secured.headers.get("strict-transport-security")!, /max-age=31536000/);
});

test("browser code may ask the processes of modules that the pages use, and no other", async () => {
  const web = pages("web", {
    uses: { posts: board },
    plugin: (fastify, site) => {
      fastify.get("/", (request, reply) => reply.send(String(site.urlOf("board", request))));
    },
  });
  await using edge = await start({ pages: [web], ports: { board: 8080, hidden: 9090 } });
  const response = await fetch(edge.url);
  assert.equal(await response.text(), "http://127.0.0.1:8080");
  assert.match(response.headers.get("content-security-policy")!, /connect-src 'self' http:\/\/127\.0\.0\.1:8080(;|$)/);
  const raw = httpRequest(edge.url, { headers: { host: "evil.example; script-src *" } }).end();
  const [answer] = await once(raw, "response");
  assert.doesNotMatch(answer.headers["content-security-policy"], /evil/);
  answer.resume();
  assert.equal(hidden.list.module, "hidden");
});

test("one request has one context, with the page deadline and the trace", async () => {
  let made = 0;
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
  const web = pages("web", {
    plugin: (fastify, site) => {
      fastify.get("/", (request, reply) => {
        assert.equal(site.context(request, reply), site.context(request, reply));
        const { deadlineMs, traceparent } = scopeOf(site.context(request, reply));
        return reply.send({ deadlineMs: String(deadlineMs), traceparent });
      });
    },
  });
  const context = (_: unknown, scope: RequestScope): unknown => (made++, { scope });
  await using edge = await start({ pages: [web], context });
  assert.deepEqual(await (await fetch(edge.url, { headers: { traceparent } })).json(), {
    deadlineMs: "5000",
    traceparent,
  });
  assert.equal(made, 1);
  await using naive = await start({ pages: [web], guards: "naive" });
  assert.equal(((await (await fetch(naive.url)).json()) as any).deadlineMs, "Infinity");
});

test("parts that were answered by their fallback are named in a header, once each", async () => {
  const web = pages("web", {
    plugin: (fastify, site) => {
      fastify.get("/", (request, reply) => {
        const scope = scopeOf(site.context(request, reply));
        for (const part of ["comments", "후기", "comments"]) scope.degraded(part);
        return reply.send("page");
      });
    },
  });
  await using edge = await start({ pages: [web] });
  const response = await fetch(edge.url);
  assert.equal(response.headers.get("x-degraded"), "comments, %ED%9B%84%EA%B8%B0");
});

test("forms and cookies work in pages", async () => {
  const web = pages("web", {
    plugin: (fastify) => {
      fastify.post("/form", (request, reply) =>
        reply
          .setCookie("seen", "yes", { path: "/", httpOnly: true })
          .send({ body: request.body, cookies: request.cookies }),
      );
    },
  });
  await using edge = await start({ pages: [web] });
  const body = new URLSearchParams({ username: "한글" });
  const response = await fetch(`${edge.url}/form`, { method: "POST", body, headers: { cookie: "a=1" } });
  assert.deepEqual(await response.json(), { body: { username: "한글" }, cookies: { a: "1" } });
  assert.match(response.headers.get("set-cookie")!, /^seen=yes; Path=\/; HttpOnly/);
});

test("pages may set their own not-found page for people, while programs get a problem", async () => {
  const own = (name: string): ReturnType<typeof pages> =>
    pages(name, {
      plugin: (fastify) => {
        fastify.setNotFoundHandler((_request, reply) => reply.code(404).type("text/html").send(`<h1>${name}</h1>`));
        fastify.get(`/${name}`, (_request, reply) => reply.callNotFound());
      },
    });
  await using edge = await start({ pages: [own("first"), own("second")] });
  for (const path of ["/nowhere", "/first"]) {
    const person = await fetch(edge.url + path, { headers: html });
    assert.equal(person.status, 404);
    assert.equal(await person.text(), "<h1>first</h1>");
    assert.match(person.headers.get("content-security-policy")!, /script-src 'self'/);
    const program = await fetch(edge.url + path);
    assert.equal(program.status, 404);
    assert.match(program.headers.get("content-type")!, /^application\/problem\+json/);
  }
});

test("a page that throws is answered by the edge, or by the pages' own error handler", async () => {
  const thrown = {
    absent: transportError("unavailable", "unix:/secret", { operation: "board.list" }),
    broken: new Error("secret"),
  };
  const web = pages("web", {
    plugin: async (fastify) => {
      for (const [name, error] of Object.entries(thrown)) fastify.get(`/${name}`, () => Promise.reject(error));
      await fastify.register(async (own) => {
        own.setErrorHandler((_error, _request, reply) => reply.code(500).type("text/html").send("<h1>own</h1>"));
        own.get("/own", () => Promise.reject(thrown.broken));
      });
    },
  });
  await using edge = await start({ pages: [web] });
  const seen: [number, string][] = [];
  for (const path of ["/absent", "/broken"]) {
    const person = await fetch(edge.url + path, { headers: html });
    const text = await person.text();
    assert.doesNotMatch(text, /secret/);
    assert.match(person.headers.get("x-trace-id")!, /^[0-9a-f]{32}$/);
    const program = (await (await fetch(edge.url + path)).json()) as any;
    assert.doesNotMatch(JSON.stringify(program), /secret/);
    seen.push([person.status, program.code]);
  }
  assert.deepEqual(seen, [
    [503, "unavailable"],
    [500, "internal"],
  ]);
  assert.equal(await (await fetch(`${edge.url}/own`, { headers: html })).text(), "<h1>own</h1>");
});

test("a page route may have a Fastify schema, whose refusal is a problem", async () => {
  const web = pages("web", {
    plugin: (fastify) => {
      const querystring = { type: "object", properties: { page: { type: "integer" } } };
      const response = { 200: { type: "object", properties: { page: { type: "integer" } } } };
      fastify.get("/list", { schema: { querystring, response } }, (request, reply) =>
        reply.send({ ...(request.query as object), secret: 1 }),
      );
    },
  });
  await using edge = await start({ pages: [web] });
  assert.deepEqual(await (await fetch(`${edge.url}/list?page=3`)).json(), { page: 3 });
  const refused = await fetch(`${edge.url}/list?page=x`);
  assert.equal(refused.status, 400);
  assert.match(((await refused.json()) as any).detail, /page must be integer/);
});

test("pages that cannot start are named, and so are two parts with one address", async () => {
  const broken = pages("broken", { plugin: () => Promise.reject(new Error("no template")) });
  await assert.rejects(start({ pages: [broken] }), { code: "start_failed", message: /"broken".*no template/ });
  const home = (name: string): ReturnType<typeof pages> =>
    pages(name, { plugin: (fastify) => void fastify.get("/", (_request, reply) => reply.send(name)) });
  await assert.rejects(start({ pages: [home("one"), home("two")] }), { code: "app_invalid", message: /"two".*'\/'/ });
});

test("an existing fetch handler is pages as it is: methods, bodies, cookies, streams and its own policy", async () => {
  const hono = new Hono<{ Bindings: { scope: RequestScope } }>();
  hono.get("/", (c) => c.html("<p>home</p>"));
  hono.post("/echo", async (c) => c.json({ body: await c.req.text(), query: c.req.query("q"), url: c.req.url }, 201));
  hono.get("/cookies", (c) => {
    c.header("set-cookie", "a=1; Path=/");
    c.header("set-cookie", "b=2; Path=/", { append: true });
    c.header("content-security-policy", "default-src *");
    return c.text("ok");
  });
  hono.get("/stream", () => {
    const chunks = ["one ", "two"];
    return new Response(
      new ReadableStream({
        pull(controller) {
          const chunk = chunks.shift();
          if (chunk === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(chunk));
        },
      }),
    );
  });
  hono.get("/degraded", (c) => {
    c.env.scope.degraded("comments");
    return c.text("ok");
  });
  hono.get("/own-error", (c) => c.text("failed", 500));
  const site = pages("site", {
    plugin: fetchHandler((request, context) => hono.fetch(request, { scope: scopeOf(context) })),
  });
  await using edge = await start({ pages: [site], operations: [[board.list, () => ["post"]]] });
  assert.equal(await (await fetch(edge.url)).text(), "<p>home</p>");
  const echoed = await fetch(`${edge.url}/echo?q=%ED%95%9C`, { method: "POST", body: "몸" });
  assert.equal(echoed.status, 201);
  assert.deepEqual(await echoed.json(), { body: "몸", query: "한", url: `${edge.url}/echo?q=%ED%95%9C` });
  const cookies = await fetch(`${edge.url}/cookies`);
  assert.deepEqual(cookies.headers.getSetCookie(), ["a=1; Path=/", "b=2; Path=/"]);
  assert.equal(cookies.headers.get("content-security-policy"), "default-src *");
  assert.equal(await (await fetch(`${edge.url}/stream`)).text(), "one two");
  assert.equal((await fetch(`${edge.url}/degraded`)).headers.get("x-degraded"), "comments");
  assert.equal((await fetch(`${edge.url}/own-error`)).status, 500);
  assert.equal((await fetch(`${edge.url}/nowhere`)).status, 404);
  assert.equal((await fetch(`${edge.url}/`, { method: "HEAD" })).status, 200);
  assert.deepEqual(await (await fetch(`${edge.url}/board_list`)).json(), ["post"], "a contract's route goes first");
  const forged = httpRequest(edge.url, { headers: { host: "a b" } }).end();
  const [forgedAnswer] = await once(forged, "response");
  assert.equal(forgedAnswer.resume().statusCode, 200, "a Host that is no host is not believed");
  const slashes = httpRequest(edge.url, { path: "//evil.example/echo", method: "POST" }).end("x");
  const [slashesAnswer] = await once(slashes, "response");
  assert.equal(slashesAnswer.resume().statusCode, 404, "the address of a request names no other host");
  const large = await fetch(`${edge.url}/echo`, { method: "POST", body: "x".repeat(1024 * 1024 + 1) });
  assert.equal(large.status, 413);
});
