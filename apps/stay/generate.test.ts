import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import { Username } from "../shared/accounts/contract.ts";
import { nightsOf } from "./dates.ts";
import { generate, isPaid, sizes, type Generated } from "./generate.ts";
import { ListingDraft } from "./listings/contract.ts";
import { demo } from "./made/people.ts";
import { placeSlugs } from "./places.ts";
import { ReviewDraft } from "./reviews/contract.ts";

const today = "2026-11-22";

function digest(made: Generated): string {
  const hash = createHash("sha256");
  for (const { rows } of made.tables("x")) for (const row of rows()) hash.update(JSON.stringify(row));
  for (const charge of made.charges()) hash.update(JSON.stringify(charge));
  return hash.digest("hex");
}

/** Rows of a table as objects. */
function read(made: Generated, module: string, name: string): Record<string, any>[] {
  const { columns, rows } = made.tables("x").find((one) => one.module === module && one.table === name)!;
  return [...rows()].map((row) => {
    assert.equal(row.length, columns.length, name);
    return Object.fromEntries(columns.map((column, index) => [column, row[index]]));
  });
}

test("one seed and day give the same bytes, on every machine, and asking twice the same rows", () => {
  const made = generate("XS", "a", today);
  assert.equal(digest(made), "24560cbf5009e62540557e66b57bbe4fedddfac2b3914d57f822f3d5191dddd4");
  assert.equal(digest(made), digest(made));
});

test("one seed gives the same pictures, each another one, with words for who does not see them", () => {
  const drawn = (seed: string) => generate("XS", seed, today).photos.map((photo) => photo.toSvg(480));
  assert.deepEqual(drawn("a"), drawn("a"));
  assert.equal(new Set(drawn("a")).size, 36);
  for (const { alt, id, toSvg } of generate("XS", "a", today).photos) {
    assert.match(alt, /[가-힣]{2}/);
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.doesNotMatch(toSvg(480), /NaN|undefined/);
  }
});

test("another seed, size or day gives other data", () => {
  const digests = [generate("XS", "a", today), generate("XS", "b", today), generate("XS", "a", "2026-11-23")].map(
    digest,
  );
  assert.equal(new Set(digests).size, 3);
});

describe("made-up data", () => {
  let made: Generated;
  before(() => (made = generate("XS", "a", today)));

  test("is as much as the size says, in every place and in every state that lasts", () => {
    assert.equal(made.houses.length, sizes.XS.listings);
    assert.equal(made.people.guests.length + made.people.hosts.length, sizes.XS.guests + sizes.XS.hosts);
    assert.ok(made.stays.length > sizes.XS.bookings - 5 && made.stays.length <= sizes.XS.bookings);
    assert.deepEqual(new Set(made.houses.map(({ place }) => place)), new Set(placeSlugs));
    assert.deepEqual(
      new Set(made.stays.map(({ state }) => state)),
      new Set(["completed", "confirmed", "cancelled", "failed", "expired"]),
    );
  });

  test("fits the contracts", () => {
    for (const row of read(made, "accounts", "users")) assert.ok(Username.safeParse(row["name"]).success, row["name"]);
    for (const row of read(made, "listings", "listings")) {
      const draft = ListingDraft.parse(row);
      for (const key of Object.keys(draft) as (keyof typeof draft)[]) assert.deepEqual(draft[key], row[key]);
      assert.ok(draft.photos.length >= 2);
    }
    for (const { stars, content } of read(made, "reviews", "reviews"))
      assert.deepEqual(ReviewDraft.parse({ stars, content }), { stars, content });
  });

  test("has no hole left in its texts", () => {
    for (const { title, description } of read(made, "listings", "listings"))
      assert.doesNotMatch(title + description, /[{}|]|undefined/);
    for (const { content, reply } of read(made, "reviews", "reviews"))
      assert.doesNotMatch(`${content}${reply}`, /[{}|]|undefined/);
  });

  test("sells no night twice", () => {
    const taken = new Map<string, number>();
    for (const stay of made.stays.filter(isPaid))
      for (const night of nightsOf(stay)) {
        const key = `${stay.house.id} ${night}`;
        taken.set(key, (taken.get(key) ?? 0) + 1);
        assert.ok(taken.get(key)! <= stay.house.units, key);
      }
    const counted = read(made, "availability", "nights").map(({ listing, night, taken: count }) => [
      `${listing} ${night}`,
      count,
    ]);
    assert.deepEqual(new Map(counted as [string, number][]), taken);
  });

  test("lies before today, but for the stays to come", () => {
    const end = `${today}T00:00:00+09:00`;
    for (const { module, table, columns, rows } of made.tables("x"))
      for (const row of rows())
        for (const [index, column] of columns.entries())
          if (/_at$|^at$/.test(column) && row[index] !== null)
            assert.ok(Date.parse(row[index] as string) <= Date.parse(end), `${module}.${table}.${column}`);
    for (const { from, to, state } of made.stays) assert.equal(state === "confirmed" && to <= today, false, from);
  });

  test("gives those who try things out something to see", () => {
    const of = (state: string) => made.stays.some((stay) => stay.guest.name === demo.guest && stay.state === state);
    assert.ok(of("completed") && of("confirmed"));
    assert.ok(made.houses.some(({ host }) => host.name === demo.host));
    assert.deepEqual(made.people.admin.roles, ["admin"]);
  });
});
