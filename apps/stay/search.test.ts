import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Input } from "seamline";
import { search } from "../shared/search/contract.ts";
import { note, type Change } from "../shared/search/documents.ts";
import { houseDraft } from "./listings/testing.ts";
import { everywhere, fails, patiently, somebody } from "./testing.ts";

await everywhere(["search"], ["listings"], (running) => {
  async function house(change: Partial<ReturnType<typeof houseDraft>> = {}, host = somebody("주인")) {
    const { listings } = running().as(host);
    const draft = houseDraft(change);
    const { id } = await patiently((options) => listings.create(draft, options));
    const published = await patiently((options) => listings.publish({ id }, options));
    await eventually(true, async () => (await found({ tags: [`host:${host.id}`] })).includes(id));
    return published;
  }

  function ask(question: Partial<Input<typeof search.search>>) {
    return running().context.search.search({ kind: "listing", ...question });
  }

  async function found(question: Partial<Input<typeof search.search>>): Promise<string[]> {
    return (await ask(question)).hits.map(({ id }) => id);
  }

  /** Looks again until it is as expected: some of it happens by itself, soon. */
  async function eventually(expected: unknown, look: () => Promise<unknown>): Promise<void> {
    const end = Date.now() + 5000;
    for (let seen = await look(); ; seen = await look()) {
      if (Date.now() > end) return assert.deepEqual(seen, expected);
      if (JSON.stringify(seen) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test("a house is found by any part of its Korean words, wherever they are, and the place is shown", async () => {
    const { id } = await house({
      title: "구름마루펜션",
      description: "뒤로는 소나무숲이 있고 앞으로는 갯벌체험장이 있습니다.",
    });
    for (const q of ["구름", "름마", "마루펜션", "션", "소나무", "갯벌체험", "구름 갯벌", "구름마루펜션"])
      assert.deepEqual(await found({ q }), [id], q);
    for (const q of ["구마", "구름 바위", "무소", "펜션구름"]) assert.deepEqual(await found({ q }), [], q);
    const [hit] = (await ask({ q: "마루 갯벌" })).hits;
    assert.deepEqual(hit!.titleMatches, [[2, 4]]);
    const { text, matches } = hit!.snippet!;
    assert.deepEqual(
      matches.map(([from, to]) => text.slice(from, to)),
      ["갯벌"],
    );
    assert.equal((await ask({ q: "마루" })).hits[0]!.snippet, null);
    assert.deepEqual(hit!.numbers, { price: 120_000, capacity: 4 });
  });

  test("pairs of syllables that are apart in the text are not taken for the word", async () => {
    await house({
      title: "산들바람",
      description: "들바늘을 파는 집과 바람을 막는 담이 있는 마을의 오래된 한옥입니다.",
    });
    const { id } = await house({
      title: "산들바늘",
      description: "바람개비가 도는 들바람 언덕에 있는 작은 오두막입니다. 조용합니다.",
    });
    assert.deepEqual(await found({ q: "산들바늘" }), [id]);
  });

  test("Latin words are found in any case, the last one from its beginning, and places in both languages", async () => {
    const { id } = await house({ title: "Dolphin Lodge", place: "tongyeong" });
    for (const q of ["dolphin", "DOLPH", "dolphin lod", "tongyeong dolphin", "통영 dolphin"])
      assert.deepEqual(await found({ q }), [id], q);
    for (const q of ["dolph lodge", "olphin"]) assert.deepEqual(await found({ q }), [], q);
  });

  test("marks alone find nothing, and no word finds everything that the rest lets through", async () => {
    const { id } = await house({ place: "andong" });
    assert.deepEqual(await found({ q: "!?" }), []);
    assert.deepEqual(await found({ q: " ", tags: ["place:andong"] }), [id]);
  });

  test("tags and figures narrow, and what is found comes in the order that was asked for", async () => {
    const place = "gapyeong";
    const [mid, low, high] = [
      await house({ place, nightly: 80_000, capacity: 4, amenities: ["wifi", "pet"] }),
      await house({ place, nightly: 50_000, capacity: 2, amenities: ["pet"] }),
      await house({ place, nightly: 200_000, capacity: 8, amenities: ["wifi"] }),
    ].map(({ id }) => id);
    const tags = [`place:${place}`];
    assert.deepEqual(await found({ tags, sort: "price" }), [low, mid, high]);
    assert.deepEqual(await found({ tags, sort: "-price" }), [high, mid, low]);
    assert.deepEqual(await found({ tags }), [high, low, mid]);
    assert.deepEqual(await found({ tags: [...tags, "amenity:pet"], sort: "price" }), [low, mid]);
    assert.deepEqual(await found({ tags, ranges: { price: { min: 80_000, max: 200_000 }, capacity: { min: 5 } } }), [
      high,
    ]);
    assert.deepEqual(await found({ tags, ranges: { unheard: { min: 1 } } }), []);
    const known = ["newest", "price", "-price", "rating", "-rating", "capacity", "-capacity", "reviews", "-reviews"];
    await assert.rejects(found({ sort: "size" }), fails(search.search, "unknownSort", { known }));
    assert.deepEqual(await ask({ kind: "nothing" }), { hits: [], next: null });
  });

  test("reading on shows each house once in every order, also while houses come", async () => {
    const place = "sokcho";
    const houses: string[] = [];
    for (let index = 0; index < 7; index++) {
      const { id } = await house({ place, nightly: index % 2 === 0 ? 90_000 : 70_000 + index });
      houses.push(id);
    }
    for (const sort of ["newest", "price", "-rating"]) {
      const seen: string[] = [];
      const came: string[] = [];
      for (let cursor: string | undefined; cursor !== null;) {
        const page = await ask({ tags: [`place:${place}`], sort, limit: 2, cursor });
        seen.push(...page.hits.map(({ id }) => id));
        came.push((await house({ place, nightly: 90_000 })).id);
        cursor = page.next!;
      }
      const old = seen.filter((id) => !came.includes(id));
      assert.deepEqual(old.toSorted(), houses.toSorted(), sort);
      assert.equal(new Set(seen).size, seen.length);
      houses.push(...came);
    }
    const asked = { kind: "listing", tags: [`place:${place}`], sort: "price", limit: 4 };
    const { hits, next } = await ask(asked);
    const candidates = await running().context.search.candidates(asked);
    const ids = hits.map(({ id }) => id);
    assert.deepEqual(candidates, { ids, cursors: hits.map(({ cursor }) => cursor), next });
    const second = await running().context.search.candidates({ ...asked, cursor: candidates.cursors[1] });
    assert.deepEqual(second.ids.slice(0, 2), ids.slice(2), "each candidate's cursor goes on after it");
    for (const cursor of ["x", "newest~x~y", `newest~0~${"-".repeat(36)}`, next!])
      await assert.rejects(found({ cursor }), fails(search.search, "badCursor"));
  });

  test("an edited house is found as it is now, a paused one not at all, until it is published again", async () => {
    const host = somebody("주인");
    const { id, version } = await house({ title: "무지개다리" }, host);
    const { listings } = running().as(host);
    await listings.edit({ ...houseDraft({ title: "반딧불이" }), id, version });
    await eventually([[], [id]], async () => [await found({ q: "무지개" }), await found({ q: "반딧불이" })]);
    await listings.pause({ id });
    await eventually([], () => found({ q: "반딧불이" }));
    await listings.edit({ ...houseDraft({ title: "숨은 반딧불이" }), id, version: version + 2 });
    await running().settled();
    assert.deepEqual(await found({ q: "반딧불이" }), []);
    await listings.publish({ id });
    await eventually([id], () => found({ q: "숨은 반딧불이" }));
  });

  test("drafts are found by nobody", async () => {
    await running()
      .as(somebody("주인"))
      .listings.create(houseDraft({ title: "미완성초안" }));
    await running().settled();
    assert.deepEqual(await found({ q: "미완성초안" }), []);
  });

  test("titles are suggested from what was typed so far, those that begin with it first", async () => {
    const [first, later] = [await house({ title: "달빛 Harbor" }), await house({ title: "은은한 달빛" })];
    await house({ title: "은은한 별빛", description: "밤에는 창으로 달빛이 들어와 불을 켜지 않아도 밝은 집입니다." });
    const typed = (q: string) => running().context.search.suggest({ kind: "listing", q });
    assert.deepEqual(await typed("달빛"), [
      { id: first.id, title: "달빛 Harbor" },
      { id: later.id, title: "은은한 달빛" },
    ]);
    assert.deepEqual(
      (await typed("달빛 HAR")).map(({ id }) => id),
      [first.id],
    );
    assert.deepEqual([await typed(""), await typed("?")], [[], []]);
  });

  /** Tells search news as an event would, in an order that no test could bring about otherwise. */
  async function tell(...changes: readonly Change[]): Promise<void> {
    const { host, port, database, user, password, schema } = running().stores["search"]!;
    const pool = new pg.Pool({ host, port, database, user, password, options: `-c search_path=${schema}` });
    const store = new Kysely<any>({ dialect: new PostgresDialect({ pool }) });
    try {
      for (const change of changes) await note(store, change);
    } finally {
      await store.destroy();
    }
  }

  function there(id: string, version: number, title: string): Change {
    return { is: "there", kind: "listing", document: { id, version, title, text: "", numbers: { price: version } } };
  }

  function figures(id: string, version: number, rating: number): Change {
    return { is: "figures", kind: "listing", id, of: "reviews", version, numbers: { rating } };
  }

  test("news that comes late changes nothing, also when what it tells of is gone", async () => {
    const id = randomUUIDv7();
    await tell(there(id, 2, "늦은소식 둘"), there(id, 1, "늦은소식 하나"));
    assert.deepEqual(
      (await ask({ q: "늦은소식" })).hits.map(({ title }) => title),
      ["늦은소식 둘"],
    );
    await tell({ is: "gone", kind: "listing", id, version: 1 });
    assert.deepEqual(await found({ q: "늦은소식" }), [id]);
    await tell({ is: "gone", kind: "listing", id, version: 4 }, there(id, 3, "늦은소식 셋"));
    assert.deepEqual(await found({ q: "늦은소식" }), []);
    await tell(there(id, 5, "늦은소식 다섯"));
    assert.deepEqual(await found({ q: "늦은소식" }), [id]);
  });

  test("a rating counts whether it comes before the house or after, and stays when the house changes", async () => {
    const [early, late] = [randomUUIDv7(), randomUUIDv7()];
    const numbers = async () =>
      (await ask({ q: "별점소식", sort: "-rating" })).hits.map((hit) => [hit.id, hit.numbers]);
    await tell(figures(early, 2, 4.5), figures(early, 1, 1));
    assert.deepEqual(await numbers(), []);
    await tell(
      there(early, 1, "별점소식 가"),
      there(late, 1, "별점소식 나"),
      figures(late, 1, 4.8),
      there(late, 2, "별점소식"),
    );
    assert.deepEqual(await numbers(), [
      [late, { price: 2, rating: 4.8 }],
      [early, { price: 1, rating: 4.5 }],
    ]);
  });

  test("what no owner has any more is gone at the end of a rebuild", async () => {
    const id = randomUUIDv7();
    await tell(there(id, 1, "주인없는집"));
    assert.deepEqual(await found({ q: "주인없는집" }), [id]);
    await running().as(somebody("운영", "admin")).search.reindex();
    await eventually([], () => found({ q: "주인없는집" }));
  });

  test("a rebuild, which only admins begin, answers meanwhile and finds the same at its end", async () => {
    const { id } = await house({ title: "다시찾는집" });
    await assert.rejects(running().as(somebody("회원")).search.reindex(), fails(search.reindex, "adminsOnly"));
    const { total } = await running().context.listings.browse({});
    await running().as(somebody("운영", "admin")).search.reindex();
    assert.deepEqual(await found({ q: "다시찾는집" }), [id]);
    await eventually({ state: "done", documents: total }, () => running().context.search.rebuild());
    assert.deepEqual(await found({ q: "다시찾는집" }), [id]);
  });
});
