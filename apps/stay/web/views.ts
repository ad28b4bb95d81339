import type { FastifyInstance } from "fastify";
import { pictures } from "../pictures/pictures.ts";
import { placeSlugs, type Place } from "../places.ts";

/** A drawing of each place, for the pages that lead there. They belong to the pages, so they stand whatever is down. */

const widthPixels = 960;
const drawn = new Map<Place, string>();

export function viewOf(place: Place): string {
  return `/places/${place}.svg`;
}

/** Pictures ask nobody who looks at them. */
export function serveViews(fastify: FastifyInstance): void {
  for (const place of placeSlugs)
    fastify.get(viewOf(place), async (_request, reply) =>
      reply.type("image/svg+xml; charset=utf-8").header("cache-control", "public, max-age=86400").send(draw(place)),
    );
}

function draw(place: Place): string {
  const known = drawn.get(place);
  if (known !== undefined) return known;
  const view = pictures("places").find((one) => one.place === place && one.kind === "outside")!;
  const svg = view.toSvg(widthPixels);
  drawn.set(place, svg);
  return svg;
}
