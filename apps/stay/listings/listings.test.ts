import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import type { User } from "seamline";
import { addDays, todayAt } from "../dates.ts";
import { everywhere, fails, patiently, somebody } from "../testing.ts";
import { listings } from "./contract.ts";
import { houseDraft } from "./testing.ts";

const today = todayAt(new Date());
const [from, to] = [addDays(today, 10), addDays(today, 12)];

await everywhere(["listings"], ["accounts"], (running) => {
  const of = (user: User) => running().as(user).listings;
  const published = async (host: User, change = {}) => {
    const { id } = await of(host).create(houseDraft(change));
    return of(host).publish({ id });
  };

  test("a house is its host's alone until it is published", async () => {
    const host = somebody("주인");
    const draft = houseDraft();
    const { id, state } = await patiently((options) => of(host).create(draft, options));
    assert.equal(state, "draft");
    const gone = fails(listings.get, "notFound", { id });
    await assert.rejects(running().context.listings.get({ id }), gone);
    await assert.rejects(of(somebody("손님")).get({ id }), gone);
    assert.deepEqual(await running().context.listings.getMany({ ids: [id] }), []);
    assert.equal((await of(host).get({ id })).id, id);
    assert.equal((await of(somebody("운영", "admin")).get({ id })).id, id);
    await of(host).publish({ id });
    assert.equal((await running().context.listings.get({ id })).state, "published");
  });

  test("who is not signed in cannot let a house", async () => {
    const refused = fails(listings.create, "forbidden", { reason: "signIn" });
    await assert.rejects(running().context.listings.create(houseDraft()), refused);
  });

  test("a house that nobody could judge is not published, and what is missing is said", async () => {
    const host = somebody("주인");
    const { id } = await of(host).create(houseDraft({ photos: [], description: "집" }));
    const refused = fails(listings.publish, "notReady", { missing: ["photos", "description"] });
    await assert.rejects(of(host).publish({ id }), refused);
    const { photos, description } = houseDraft();
    await of(host).edit({ ...houseDraft({ photos, description }), id, version: 1 });
    assert.equal((await of(host).publish({ id })).state, "published");
  });

  test("only its host changes a house; to others a draft is not there at all", async () => {
    const { id, version } = await published(somebody("주인"));
    const stranger = of(somebody("딴사람"));
    const reason = { reason: "notHost" };
    const edit = stranger.edit({ ...houseDraft(), id, version });
    await assert.rejects(edit, fails(listings.edit, "forbidden", reason));
    await assert.rejects(stranger.pause({ id }), fails(listings.pause, "forbidden", reason));
    await assert.rejects(stranger.publish({ id }), fails(listings.publish, "forbidden", reason));
    const draft = await of(somebody("주인")).create(houseDraft());
    await assert.rejects(stranger.publish({ id: draft.id }), fails(listings.publish, "notFound", { id: draft.id }));
  });

  test("an edit that began with an old version is told so and changes nothing", async () => {
    const host = somebody("주인");
    const { id, version } = await published(host);
    const first = await of(host).edit({ ...houseDraft({ title: "하나" }), id, version });
    assert.equal(first.version, version + 1);
    const second = of(host).edit({ ...houseDraft({ title: "둘" }), id, version });
    await assert.rejects(second, fails(listings.edit, "editConflict", { version: version + 1 }));
    assert.equal((await of(host).get({ id })).title, "하나");
  });

  test("a paused house is found by nobody, and costs nothing because nobody can book it", async () => {
    const host = somebody("주인");
    const { id } = await published(host);
    assert.equal((await of(host).pause({ id })).state, "paused");
    assert.equal((await of(host).pause({ id })).version, 3);
    const guest = of(somebody("손님"));
    await assert.rejects(guest.get({ id }), fails(listings.get, "notFound"));
    await assert.rejects(guest.quote({ listing: id, from, to, guests: 1 }), fails(listings.quote, "notFound"));
    assert.equal((await of(host).publish({ id })).state, "published");
    assert.equal((await guest.get({ id })).id, id);
  });

  test("published houses are shown the newest first, of one place or of all, and can be read through by id", async () => {
    const host = somebody("주인");
    const made: string[] = [];
    for (let index = 0; index < 3; index++) made.push((await published(host, { place: "namhae" })).id);
    await of(host).create(houseDraft({ place: "namhae" }));
    const shown = await running().context.listings.browse({ place: "namhae" });
    assert.deepEqual(
      [shown.listings.map(({ id }) => id), shown.total, shown.pages],
      [made.toReversed(), made.length, 1],
    );
    const scanned: string[] = [];
    for (let after: string | null = null; ; after = scanned.at(-1)!) {
      const page: { id: string }[] = await running().context.listings.scan({ after, limit: 2 });
      if (page.length === 0) break;
      scanned.push(...page.map(({ id }) => id));
    }
    assert.deepEqual(scanned, scanned.toSorted());
    assert.equal(scanned.length, (await running().context.listings.browse({})).total);
    assert.ok(made.every((id) => scanned.includes(id)));
  });

  test("many are given in the order in which they were asked for, without those that are not there", async () => {
    const host = somebody("주인");
    const [one, two] = [await published(host), await published(host)];
    const cards = await running().context.listings.getMany({ ids: [two.id.toUpperCase(), randomUUIDv7(), one.id] });
    assert.deepEqual(
      cards.map(({ id }) => id),
      [two.id, one.id],
    );
    assert.deepEqual(cards[0]!.photo, two.photos[0]);
  });

  test("a host sees the own houses in every state, and nobody else's", async () => {
    const host = somebody("주인");
    const draft = await of(host).create(houseDraft());
    const shown = await published(host);
    const { listings: own, total } = await of(host).byHost({});
    assert.deepEqual(
      [own.map(({ id, state }) => [id, state]), total],
      [
        [
          [shown.id, "published"],
          [draft.id, "draft"],
        ],
        2,
      ],
    );
    const refused = fails(listings.byHost, "forbidden", { reason: "signIn" });
    await assert.rejects(running().context.listings.byHost({}), refused);
  });

  test("a quote says what a stay costs, line by line, and what cannot be stayed at is refused", async () => {
    const { id } = await published(somebody("주인"), { capacity: 3 });
    const { quote } = running().context.listings;
    const told = await quote({ listing: id, from, to, guests: 3 });
    assert.deepEqual([told.nights, told.total, told.host.name], [2, 291_600, "주인"]);
    for (const guests of [0, 4])
      await assert.rejects(
        quote({ listing: id, from, to, guests }),
        fails(listings.quote, "guests", { min: 1, max: 3 }),
      );
    for (const [dates, reason] of [
      [{ from: to, to: from }, "inverted"],
      [{ from, to: from }, "inverted"],
      [{ from: addDays(today, -1), to }, "past"],
      [{ from, to: addDays(from, 31) }, "tooLong"],
      [{ from: addDays(today, 364), to: addDays(today, 366) }, "tooFar"],
    ] as const)
      await assert.rejects(
        quote({ listing: id, ...dates, guests: 1 }),
        fails(listings.quote, "invalidDates", { reason, today }),
      );
    const listing = randomUUIDv7();
    await assert.rejects(quote({ listing, from, to, guests: 1 }), fails(listings.quote, "notFound", { id: listing }));
  });

  test("many are quoted at once as each is alone, without those that cannot be had so", async () => {
    const host = somebody("주인");
    const [small, large, paused] = [
      await published(host, { capacity: 2 }),
      await published(host),
      await published(host),
    ];
    await of(host).pause({ id: paused.id });
    const { quote, quoteMany } = running().context.listings;
    const asked = { listings: [large.id, paused.id, small.id], from, to };
    const alone = async (listing: string, guests: number) => quote({ listing, from, to, guests });
    assert.deepEqual(await quoteMany({ ...asked, guests: 2 }), [await alone(large.id, 2), await alone(small.id, 2)]);
    assert.deepEqual(await quoteMany({ ...asked, guests: 3 }), [await alone(large.id, 3)]);
    assert.deepEqual(await quoteMany({ ...asked, guests: 0 }), []);
    const inverted = quoteMany({ ...asked, to: from, guests: 2 });
    await assert.rejects(inverted, fails(listings.quoteMany, "invalidDates", { reason: "inverted", today }));
  });

  test("one key makes one house, however often it is sent", async () => {
    const host = somebody("주인");
    const key = randomUUIDv7();
    const draft = houseDraft();
    const send = () => of(host).create(draft, { key });
    const sent = [await send(), ...(await Promise.all([send(), send()]))];
    assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
    assert.equal((await of(host).byHost({})).total, 1);
  });

  test("a house is under its host's present name, and is paused when the host leaves", async () => {
    const { context, settled } = running();
    const password = "길고 긴 우리집 비밀번호";
    const { user } = await context.accounts.register({ username: `집${Date.now() % 1e8}`, password });
    const { id } = await published(user);
    const username = `방${Date.now() % 1e8}`;
    await running().as(user).accounts.rename({ username });
    await settled();
    assert.deepEqual((await context.listings.get({ id })).host, { id: user.id, name: username });
    await running().as(user).accounts.close({ password });
    await settled();
    await assert.rejects(context.listings.get({ id }), fails(listings.get, "notFound"));
    const left = await of(somebody("운영", "admin")).get({ id });
    assert.deepEqual([left.state, left.host], ["paused", { id: null, name: "탈퇴한 회원" }]);
    const late = of(user).create(houseDraft());
    await assert.rejects(late, fails(listings.create, "forbidden", { reason: "accountClosed" }));
  });

  test("a flood of houses is slowed down", async () => {
    const host = of(somebody("도배"));
    for (let index = 0; index < 30; index++) await host.create(houseDraft());
    await assert.rejects(host.create(houseDraft()), fails(listings.create, "tooOften"));
  });
});
