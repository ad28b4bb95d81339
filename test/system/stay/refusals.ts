import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { describedAs, pathOf } from "../browser/people.ts";
import { hold, houseAddress, ko, press, signUp, stateOf, type Stay } from "./guests.ts";

/** What the pages refuse, and how they say so: beside the field, with nothing lost. */
export function refusals(stay: () => Stay): void {
  test("dates that nobody can stay at and guests that do not fit are told beside their fields", async () => {
    const house = await stay().house({ capacity: 3 });
    await using visitor = await stay().visitor({ script: false });
    const { page } = visitor;
    const cases: [Record<string, string>, field: string, said: string][] = [
      [{ from: stay().day(-1), to: stay().day(2) }, "from", ko.datesProblem.past],
      [{ from: stay().day(5), to: stay().day(5) }, "to", ko.datesProblem.inverted],
      [{ from: stay().day(7), to: stay().day(5) }, "to", ko.datesProblem.inverted],
      [{ from: stay().day(5), to: stay().day(36) }, "to", ko.datesProblem.tooLong],
      [{ from: stay().day(400), to: stay().day(402) }, "to", ko.datesProblem.tooFar],
      [{ from: "tomorrow", to: stay().day(5) }, "from", ko.dateUnreadable],
      [{ from: "", to: stay().day(5) }, "from", ko.dateMissing],
      [{ from: stay().day(5), to: stay().day(6), guests: "0" }, "guests", ko.guestsBetween("1", "3")],
      [{ from: stay().day(5), to: stay().day(6), guests: "4" }, "guests", ko.guestsBetween("1", "3")],
      [{ from: stay().day(5), to: stay().day(6), guests: "many" }, "guests", ko.guestsBetween("1", "3")],
    ];
    for (const [wish, field, said] of cases) {
      const answer = await page.goto(`/listings/${house.id}?${new URLSearchParams(wish)}`);
      assert.equal(answer!.status(), 422, JSON.stringify(wish));
      assert.ok((await describedAs(page.locator(`#${field}`))).includes(said), `${field}: ${JSON.stringify(wish)}`);
      assert.equal(await page.locator("#book-form, #sign-in-to-book").count(), 0);
    }
    for (const [wish, field, said] of [
      ["guests=0", "guests", ko.guestsBetween("1", "16")],
      ["guests=17", "guests", ko.guestsBetween("1", "16")],
      ["max=cheap", "max", ko.priceUnreadable],
      ["min=5000&max=4000", "max", ko.priceInverted],
      ["place=atlantis", "place", ko.placeUnknown],
      [`from=${stay().day(3)}&to=${stay().day(2)}`, "to", ko.datesProblem.inverted],
    ] as const) {
      assert.equal((await page.goto(`/search?${wish}`))!.status(), 422, wish);
      assert.ok((await describedAs(page.locator(`#${field}`))).includes(said), wish);
    }
  });

  test("what is not there is a page that says so", async () => {
    await using visitor = await stay().visitor({ script: false });
    const { page } = visitor;
    await signUp(visitor);
    for (const path of [`/listings/${randomUUID()}`, "/listings/1", `/trips/${randomUUID()}`, "/trips/x", "/nowhere"]) {
      assert.equal((await page.goto(path))!.status(), 404, path);
      assert.equal(await page.locator("#not-found").count(), 1, path);
    }
    await page.goto(`/search?q=${encodeURIComponent("아무데도없는집")}&place=jeju&max=1000`);
    assert.deepEqual(await page.locator("#nothing li").allInnerTexts(), [
      ko.loosen.place,
      ko.loosen.price,
      ko.loosen.q,
    ]);
  });

  test("a trip is nobody else's business", async () => {
    const house = await stay().house();
    await using guest = await stay().visitor({ script: false });
    await using other = await stay().visitor({ script: false });
    await signUp(guest);
    const trip = await hold(guest, stay(), house, 15);
    await other.page.goto(trip);
    assert.equal(pathOf(other.page), "/login");
    await signUp(other);
    for (const path of [trip, `${trip}/cancel`, `${trip}/calendar.ics`])
      assert.equal((await other.page.goto(path))!.status(), 403, path);
    await guest.page.goto(trip);
    assert.equal(await stateOf(guest), "held");
  });

  test("a price that was tampered with holds nothing, and the true one is shown", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor({ script: false });
    const { page } = visitor;
    await signUp(visitor);
    for (const total of ["1", "-5", "much"]) {
      await page.goto(houseAddress(house, stay(), 18));
      await setHidden(visitor, "total", total);
      assert.equal(await press(page, "#book-form button"), 409);
      assert.equal(await page.locator("#problems h2").innerText(), ko.priceChanged("₩291,600"));
      assert.equal(await page.locator("#book-form [name=total]").inputValue(), "291600");
    }
    await page.goto("/trips");
    assert.equal(await page.locator(".trip").count(), 0);
  });

  test("nights that went meanwhile are told, and sending twice holds once", async () => {
    const house = await stay().house();
    await using first = await stay().visitor({ script: false });
    await using second = await stay().visitor({ script: false });
    await signUp(first);
    await signUp(second);
    const address = houseAddress(house, stay(), 22);
    await first.page.goto(address);
    await second.page.goto(address);
    const form = await fieldsOf(first);
    const send = () => first.context.request.post("/book", { form, maxRedirects: 0 });
    const [one, two] = [await send(), await send()];
    assert.deepEqual([one.status(), two.status()], [303, 303]);
    assert.equal(one.headers()["location"], two.headers()["location"]);
    assert.equal(await press(second.page, "#book-form button"), 409);
    assert.match(await describedAs(second.page.locator("#from")), /그 사이에 찬 밤이 있습니다/);
    assert.equal(await second.page.locator("#from").inputValue(), stay().day(22));
    await first.page.goto("/trips");
    assert.equal(await first.page.locator(".trip").count(), 1);
  });

  test("a form without its token, or of another visitor, holds nothing", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor({ script: false });
    await signUp(visitor);
    await visitor.page.goto(houseAddress(house, stay(), 24));
    const form = await fieldsOf(visitor);
    for (const token of ["", `${form["token"]}x`]) {
      const answer = await visitor.context.request.post("/book", { form: { ...form, token }, maxRedirects: 0 });
      assert.equal(answer.status(), 403);
    }
    await visitor.page.goto("/trips");
    assert.equal(await visitor.page.locator(".trip").count(), 0);
  });

  test("a hold whose time is over cannot be paid, and can be held again", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor({ script: false });
    const { page } = visitor;
    await signUp(visitor);
    const trip = await hold(visitor, stay(), house, 26);
    await stay().moveClock(601_000);
    assert.equal(await press(page, "#pay-form button"), 409);
    assert.equal(await stateOf(visitor), "expired");
    assert.equal(await page.locator("h1").innerText(), ko.expiredTitle);
    await page.goto(trip);
    await press(page, page.getByRole("link", { name: ko.bookAgain }));
    await press(page, "#book-form button");
    assert.equal(await stateOf(visitor), "held");
    assert.notEqual(pathOf(page), trip);
  });

  test("search engines are told of every published house, and of nobody's trips", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor({ script: false });
    const { page } = visitor;
    const map = await (await visitor.context.request.get("/sitemap.xml")).text();
    assert.ok(map.includes(`<loc>${stay().url}/listings/${house.id}</loc>`));
    assert.match(await (await visitor.context.request.get("/robots.txt")).text(), /^Disallow: \/trips$/m);
    await page.goto(houseAddress(house, stay(), 5));
    assert.equal(await page.locator("link[rel=canonical]").getAttribute("href"), `${stay().url}/listings/${house.id}`);
    assert.equal(await page.locator(`meta[property="og:title"]`).getAttribute("content"), "바다가 보이는 집");
  });
}

type Guest = Awaited<ReturnType<Stay["visitor"]>>;

/** Changes what a form would send unseen, as somebody with the browser's tools would. */
async function setHidden({ page }: Guest, name: string, value: string): Promise<void> {
  await page.locator(`#book-form [name=${name}]`).evaluate((field, to) => field.setAttribute("value", to), value);
}

async function fieldsOf({ page }: Guest): Promise<Record<string, string>> {
  const inputs = await page.locator("#book-form input").all();
  const entries = await Promise.all(
    inputs.map(async (one) => [await one.getAttribute("name"), await one.inputValue()]),
  );
  return Object.fromEntries(entries);
}
