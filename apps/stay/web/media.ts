import { isError } from "seamline";
import { media } from "../../shared/media/contract.ts";
import { isId } from "./addresses.ts";
import type { Part, Visit } from "./visit.ts";

/**
 * Pictures for browsers. A picture that was drawn never changes, so browsers keep it for a day, ask by its hash whether
 * it is still there, and nobody else is asked on the way. While media is away there is a drawing in its place, which
 * nobody keeps; what the picture shows stands beside it, in the page's `alt`.
 */

const dayS = 86_400;

export const mediaPages: Part = ({ file }) => {
  file("/media/:id/:size", async (visit) => {
    const { id = "", size } = visit.request.params as Record<string, string>;
    if (!isId(id) || (size !== "small" && size !== "large")) return placeholder(visit, 404);
    const known = /^"([\w+/=-]{1,100})-\w+"$/.exec(visit.request.headers["if-none-match"] ?? "")?.[1];
    return visit.context.part(
      "media",
      async () => {
        if (known !== undefined && (await stillThere(visit, id, known)))
          return fresh(visit, known, size).code(304).send();
        const picture = await readPicture(visit, id, size);
        if (picture === null) return placeholder(visit, 404);
        return fresh(visit, picture.hash, size).type(picture.type).send(Buffer.from(picture.bytes));
      },
      () => placeholder(visit, 200),
    );
  });
};

async function stillThere({ context }: Visit, id: string, hash: string): Promise<boolean> {
  const [meta] = await context.media.meta({ ids: [id] });
  return meta?.hash === hash;
}

async function readPicture({ context }: Visit, id: string, size: "small" | "large") {
  try {
    return await context.media.picture({ id, size });
  } catch (error) {
    if (isError(error, media.picture, "notFound")) return null;
    throw error;
  }
}

function fresh({ reply }: Visit, hash: string, size: string) {
  return reply
    .header("cache-control", `public, max-age=${dayS}, stale-if-error=${30 * dayS}`)
    .header("etag", `"${hash}-${size}"`);
}

function placeholder({ reply }: Visit, status: number) {
  return reply.code(status).type("image/svg+xml; charset=utf-8").header("cache-control", "no-store").send(drawing);
}

/** A house whose windows are shut: quiet in light and in the dark. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 320" width="480" height="320">
<rect width="480" height="320" fill="#b9ab9a"/>
<g fill="none" stroke="#f6efe6" stroke-width="8" stroke-linecap="round" stroke-linejoin="round" opacity=".85">
<path d="M140 160C190 152 222 120 240 84c18 36 50 68 100 76"/><path d="M170 172v72h140v-72"/><path d="M214 208h52"/>
</g></svg>`;
