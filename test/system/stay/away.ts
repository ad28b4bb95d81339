import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "../browser/inspect.ts";
import { hold, houseAddress, ko, pay, press, shows, signUp, stateOf, type Stay } from "./guests.ts";

/** What is left of the pages when a module's process is dead, where each has a process of its own. */
export function away(stay: () => Stay): void {
  test("without reviews, houses are found and booked, and their rating is the last one known", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    const { page } = visitor;
    await signUp(visitor);
    await using _down = stay().keepDown("reviews");
    await stillFinds(visitor, house.id);
    assert.equal((await page.goto(houseAddress(house, stay(), 60)))!.status(), 200);
    assert.equal(await page.locator("#reviews-unavailable").innerText(), ko.reviewsDown);
    assert.equal(await page.locator("#reviews .empty").count(), 0);
    assert.ok((await page.locator(".listing-head").innerText()).includes(ko.noRating));
    await hold(visitor, stay(), house, 60);
    await pay(visitor);
    await shows(visitor, ".state.confirmed");
  });

  test("with the reviews' database frozen, a house is shown and booked all the same", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    await signUp(visitor);
    const thaw = stay().deployed.freezeDatabase("reviews");
    try {
      assert.equal((await visitor.page.goto(houseAddress(house, stay(), 62)))!.status(), 200);
      assert.equal(await visitor.page.locator("#reviews-unavailable").innerText(), ko.reviewsDown);
      await press(visitor.page, "#book-form button");
      assert.equal(await stateOf(visitor), "held");
    } finally {
      thaw();
    }
  });

  test("without search, houses are browsed by place, opened and booked", async () => {
    const house = await stay().house({ place: "andong" });
    await using visitor = await stay().visitor();
    const { page } = visitor;
    await signUp(visitor);
    await using _down = stay().keepDown("search");
    assert.equal((await page.goto("/search?place=andong&q=words"))!.status(), 200);
    assert.ok((await page.locator("#search-unavailable").innerText()).includes(ko.searchDown));
    assert.equal(await page.locator(`[data-id="${house.id}"]`).count(), 1);
    assert.equal(await page.locator(".place").count(), 12);
    await inspect(page, "stay-search-down");
    await hold(visitor, stay(), house, 64);
    assert.equal(await stateOf(visitor), "held");
  });

  test("without accounts, everybody reads, and who was here a moment ago still books", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    await using stranger = await stay().visitor();
    await signUp(visitor);
    await using _down = stay().keepDown("accounts");
    await hold(visitor, stay(), house, 66);
    assert.equal(await stateOf(visitor), "held");
    assert.equal(await visitor.page.locator("#session-cached").innerText(), ko.stateCached);
    await stillFinds(stranger, house.id);
    await stranger.page.goto("/login");
    assert.equal(await stranger.page.locator("#accounts-unavailable").innerText(), ko.signInUnavailable);
  });

  test("without payments, nothing is held that could not be paid, and houses are found as ever", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    const { page } = visitor;
    await signUp(visitor);
    const address = houseAddress(house, stay(), 68);
    await page.goto(address);
    await using _down = stay().keepDown("payments");
    assert.equal(await press(page, "#book-form button"), 503);
    assert.equal(await page.locator("#from").inputValue(), stay().day(68));
    await stillFinds(visitor, house.id);
    assert.equal((await page.goto(address))!.status(), 200);
    assert.ok((await page.locator("#payments-unavailable").innerText()).includes(ko.paymentsDown));
    assert.equal(await page.locator("#book-form").count(), 0);
    await page.goto("/trips");
    assert.equal(await page.locator(".trip").count(), 0);
  });

  test("without availability, houses are looked at, their dates are unknown, and booking is off", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    const { page } = visitor;
    await signUp(visitor);
    await using _down = stay().keepDown("availability");
    await page.goto(`/search?from=${stay().day(70)}&to=${stay().day(72)}`);
    assert.equal(await page.locator("#dates-unknown").innerText(), ko.datesUnknown);
    assert.equal(await page.locator(`[data-id="${house.id}"]`).count(), 1);
    await page.goto(houseAddress(house, stay(), 70));
    assert.equal(await page.locator("#calendar-unavailable").count(), 1);
    assert.equal(await page.locator("#booking-off").count(), 1);
    assert.equal(await page.locator("#book-form").count(), 0);
    await inspect(page, "stay-availability-down");
  });

  test("without listings, the main page and the search say so, and trips are there", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    const { page } = visitor;
    await signUp(visitor);
    const trip = await hold(visitor, stay(), house, 74);
    await using _down = stay().keepDown("listings");
    assert.equal((await page.goto("/"))!.status(), 200);
    assert.ok((await page.locator("#listings-unavailable").innerText()).includes(ko.listingsDown));
    await page.goto("/search");
    assert.ok((await page.locator("#listings-unavailable").innerText()).includes(ko.listingsDown));
    assert.equal(await page.locator(".empty").count(), 0);
    assert.equal((await page.goto(`/listings/${house.id}`))!.status(), 503);
    await page.goto("/trips");
    assert.equal(await page.locator(`a[href="${trip}"]`).count(), 1);
    assert.equal((await page.goto("/account"))!.status(), 200);
  });

  test("without bookings, trips are said to be away, and houses are found and looked at", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    const { page } = visitor;
    await signUp(visitor);
    const trip = await hold(visitor, stay(), house, 76);
    await page.goto(houseAddress(house, stay(), 78));
    {
      await using _down = stay().keepDown("bookings");
      assert.equal(await press(page, "#book-form button"), 503);
      assert.equal(await page.locator("#problems h2").innerText(), ko.notSaved);
      assert.equal(await page.locator("#from").inputValue(), stay().day(78));
      for (const path of ["/trips", trip]) {
        assert.equal((await page.goto(path))!.status(), 503, path);
        assert.equal(await page.locator("#bookings-unavailable h1").innerText(), ko.bookingsDown);
      }
      await stillFinds(visitor, house.id);
    }
    await page.goto(trip);
    assert.equal(await stateOf(visitor), "held");
  });

  test("without notify, media and moderation, a guest books and pays", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor();
    await signUp(visitor);
    await using _down = stay().keepDown("notify", "media", "moderation");
    await stillFinds(visitor, house.id);
    await hold(visitor, stay(), house, 80);
    await pay(visitor);
    await shows(visitor, ".state.confirmed");
  });
}

type Guest = Awaited<ReturnType<Stay["visitor"]>>;

async function stillFinds({ page }: Guest, house: string): Promise<void> {
  assert.equal((await page.goto("/"))!.status(), 200);
  assert.equal(await press(page, "#wish button"), 200);
  assert.equal(await page.locator(`[data-id="${house}"]`).count(), 1);
}
