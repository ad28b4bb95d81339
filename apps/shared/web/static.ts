import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import type { FastifyInstance } from "fastify";
import { SeamlineError } from "seamline";

/** The few files that browsers fetch, each at an address that holds a digest of it, so that it can be kept for ever. */

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The address of each file, by its name. */
export type StaticFiles = ReadonlyMap<string, string>;

/**
 * Serves all files of these folders below `/static/`.
 *
 * @throws SeamlineError `app_invalid` for a file of an unknown type, and for a name that is there twice
 */
export function serveFiles(fastify: FastifyInstance, folders: readonly URL[]): StaticFiles {
  const addresses = new Map<string, string>();
  for (const folder of folders)
    for (const name of readdirSync(folder).sort()) {
      const file = new URL(name, folder);
      const type = types[extname(name)];
      if (type === undefined)
        throw new SeamlineError(
          "app_invalid",
          `${file.pathname}: a site serves ${Object.keys(types).join(", ")} files; move it away, or add its type`,
        );
      if (addresses.has(name))
        throw new SeamlineError("app_invalid", `${file.pathname}: sites share a file of this name; rename it`);
      addresses.set(name, serve(fastify, name, type, readFileSync(file)));
    }
  return addresses;
}

function serve(fastify: FastifyInstance, name: string, type: string, content: Buffer): string {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const address = `/static/${name.replace(".", `.${digest}.`)}`;
  fastify.get(address, (_request, reply) =>
    reply.type(type).header("cache-control", "public, max-age=31536000, immutable").send(content),
  );
  return address;
}

/** @throws SeamlineError `app_invalid` where there is no such file */
export function addressOf(files: StaticFiles, name: string): string {
  const address = files.get(name);
  if (address !== undefined) return address;
  const known = [...files.keys()].join(", ");
  throw new SeamlineError("app_invalid", `a site's layout names the file "${name}", which is not among ${known}`);
}
