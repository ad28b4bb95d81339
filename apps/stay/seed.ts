import { createHash } from "node:crypto";
import { SeamlineError, type SeedAccess, type SeedProgram } from "seamline";
import { hashPatiently } from "../shared/accounts/passwords.ts";
import { todayAt } from "./dates.ts";
import { generate, sizes, type Generated, type Size } from "./generate.ts";
import { demo } from "./made/people.ts";
import { render } from "./pictures/render.ts";
import { Books } from "./provider/books.ts";

/** Another seed makes other people who stay in other houses. */
export const seed = "stay-1";
/** Of every made-up user, for trying things out and for load. Such data has no place on a site that others can reach. */
export const demoPassword = "우산을 쓴 고양이 열 마리";
const drawnAtOnce = 4;

/** Fills an empty site with made-up people, houses, bookings and reviews. The size L is for measuring and takes a while. */
export default {
  sizes: Object.keys(sizes),
  first: "XS",

  async run(size, access) {
    await refuseUnlessFresh(access);
    const made = generate(size as Size, seed, todayAt(access.now()));
    // One hash for all, with a salt that goes with the seed: thousands of real ones would take minutes.
    const password = await hashPatiently(demoPassword, createHash("sha256").update(seed).digest().subarray(0, 16));
    for (const { module, table, columns, rows } of made.tables(password)) {
      const count = await access.copy(module, table, columns, rows());
      // Without figures about so many new rows, the first minute's queries would be planned as for empty tables.
      await access.sql(module, `analyze ${table}`);
      access.progress(`${module}.${table}: ${count} rows`);
    }
    await showPictures(made, access);
    await access.sql("search", rebuild);
    // The provider has the money, so it must have the charges: a refund of one that it does not know never ends.
    const books = new Books(await access.directoryOf("payment-provider"));
    try {
      books.take(made.charges());
    } finally {
      books.close();
    }
    const names = `${demo.guest} (guest), ${demo.host} (host) or ${demo.admin} (admin)`;
    access.progress(`sign in as ${names} with the password "${demoPassword}"`);
  },

  async settled({ sql }) {
    const [index] = await sql("search", "select running from rebuilds");
    return index!["running"] === false;
  },
} satisfies SeedProgram;

async function refuseUnlessFresh(access: SeedAccess): Promise<void> {
  const [row] = await access.sql("accounts", "select count(*)::int as users from users");
  const users = Number(row!["users"]);
  if (users === 0) return;
  const message = `seed: there are ${users} users already, and made-up data goes into an empty deployment only; choose another data directory`;
  throw new SeamlineError("not_empty", message, { data: { users } });
}

/** As `reindex` does: houses can be found as soon as search has asked listings for them, page by page. */
const rebuild = `update rebuilds
  set number = number + 1, running = true, kind = null, after = null, documents = 0`;

async function showPictures({ photos, houses, people }: Generated, access: SeedAccess): Promise<void> {
  for (let at = 0; at < photos.length; at += drawnAtOnce) {
    const some = photos.slice(at, at + drawnAtOnce);
    const drawn = await Promise.all(some.map(async (photo) => ({ ...photo, ...(await render(photo)) })));
    await access.copy(
      "media",
      "pictures",
      ["id", "owner_id", "width", "height", "alt", "hash", "size"],
      drawn.map(({ id, width, height, alt, hash, large, small }) => [
        ...[id, people.admin.id, width, height, alt, hash, large.length + small.length],
      ]),
    );
    const drawings = drawn.flatMap(({ id, large, small }) => [
      [id, "large", large],
      [id, "small", small],
    ]);
    await access.copy("media", "drawings", ["picture", "size", "bytes"], drawings);
  }
  await access.copy("media", "uses", ["picture", "used_by"], usesOf(houses));
  access.progress(`media: ${photos.length} pictures`);
}

function* usesOf(houses: Generated["houses"]): Generator<[string, string]> {
  for (const { id, photos } of houses) for (const { media } of photos) yield [media, `listing:${id}`];
}
