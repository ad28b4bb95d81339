import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

/** The few files that browsers fetch, each at an address that holds a digest of it, so that it can be kept for ever. */

const types = {
  "styles.css": "text/css; charset=utf-8",
  "board.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;

export type StaticFiles = Readonly<Record<keyof typeof types, string>>;

/** Serves the files below `/static/`. @returns the address of each */
export function serveFiles(fastify: FastifyInstance): StaticFiles {
  const addresses: Partial<Record<keyof typeof types, string>> = {};
  for (const [name, type] of Object.entries(types) as [keyof typeof types, string][]) {
    const content = readFileSync(new URL(`./assets/${name}`, import.meta.url));
    const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
    const address = `/static/${name.replace(".", `.${digest}.`)}`;
    addresses[name] = address;
    fastify.get(address, (_request, reply) =>
      reply.type(type).header("cache-control", "public, max-age=31536000, immutable").send(content),
    );
  }
  return addresses as StaticFiles;
}
