import { html } from "hono/html";
import { placeSlugs } from "../places.ts";
import { originOf } from "./head.ts";
import type { Part, Visit } from "./visit.ts";

/** What search engines are told of the site as a whole. */

/** The most that one sitemap may hold, by its protocol. */
const maxAddresses = 50_000;
const scanned = 200;
/** What is for one person only. */
const personal = ["/account", "/admin", "/book", "/host", "/login", "/notes", "/report", "/signup", "/trips"];

export const robotPages: Part = ({ get }) => {
  get("/robots.txt", async (visit) =>
    publicText(
      visit,
      "text/plain",
      ["User-agent: *", ...personal.map((path) => `Disallow: ${path}`), `Sitemap: ${originOf(visit)}/sitemap.xml`].join(
        "\n",
      ),
    ),
  );

  get("/sitemap.xml", async (visit) => {
    const paths = [
      "/",
      "/search",
      ...placeSlugs.map((slug) => `/search?place=${slug}`),
      ...(await listingPaths(visit)),
    ];
    const origin = originOf(visit);
    const map = await html`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      ${paths.slice(0, maxAddresses).map((path) => html`<url><loc>${origin}${path}</loc></url>`)}
    </urlset>`;
    return publicText(visit, "application/xml", `<?xml version="1.0" encoding="UTF-8"?>\n${map.toString()}\n`);
  });
};

function publicText({ reply }: Visit, type: string, body: string) {
  return reply.type(`${type}; charset=utf-8`).header("cache-control", "public, max-age=3600").send(body);
}

async function listingPaths({ context }: Visit): Promise<string[]> {
  const paths: string[] = [];
  for (let after: string | null = null; paths.length < maxAddresses;) {
    const page: { id: string }[] = await context.listings.scan({ after, limit: scanned });
    paths.push(...page.map(({ id }) => `/listings/${id}`));
    if (page.length < scanned) break;
    after = page.at(-1)!.id;
  }
  return paths;
}
