import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf } from "../browser/people.ts";
import { en, fill, hold, houseAddress, ko, pay, press, shows, signUp, stateOf, type Stay } from "./guests.ts";

/** The way of a guest through the pages, with the browser's script and without it. */
export function walks(stay: () => Stay, script: boolean, locale: "ko-KR" | "en-GB"): void {
  const text = locale === "ko-KR" ? ko : en;

  test("a guest finds a house, signs up without losing it, books, pays, and cancels", async () => {
    const house = await stay().house({
      place: "namhae",
      title: `다랑논 위의 집 ${locale} ${script}`,
      policy: "flexible",
    });
    await using visitor = await stay().visitor({ script, locale });
    const { page } = visitor;
    await page.goto("/");
    await page.locator("#place").selectOption("namhae");
    const [from, to] = [stay().day(40), stay().day(43)];
    await fill(page, { from, to, guests: "2" });
    await press(page, "#wish button");
    assert.equal(new URL(page.url()).searchParams.get("from"), from);
    assert.equal(await page.locator("#from").inputValue(), from);
    const card = page.locator(`[data-id="${house.id}"]`);
    assert.match(await card.innerText(), /₩120,000[\s\S]*₩421,200/);
    await press(page, card.locator("h3 a"));
    assert.equal(pathOf(page), `/listings/${house.id}`);
    assert.match(await page.locator(".bill").innerText(), /₩360,000[\s\S]*₩30,000[\s\S]*₩31,200[\s\S]*₩421,200/);

    await press(page, "#sign-in-to-book");
    const next = new URL(page.url()).searchParams.get("next")!;
    await page.goto(`/signup?next=${encodeURIComponent(next)}`);
    const username = `guest_${locale.slice(0, 2)}_${script ? 1 : 0}`;
    await fill(page, { username, password: "종이배 열두 척을 띄운 아침" });
    await press(page, "main form button");
    assert.equal(await page.locator("#from").inputValue(), from, "what was chosen is still chosen");

    await press(page, "#book-form button");
    const trip = pathOf(page);
    assert.match(trip, /^\/trips\/[\da-f-]{36}$/);
    assert.equal(await stateOf(visitor), "held");
    assert.match(await page.locator(".clock").innerText(), /^(10:00|9:5\d|9:4\d)$/);
    assert.match(await page.locator(".statement").innerText(), /[A-Z\d]{4}-[A-Z\d]{4}/);

    await pay(visitor);
    await reload(visitor, trip, ".state.confirmed", script);
    const steps = await page.locator("#timeline li").evaluateAll((all) => all.map((one) => one.dataset["step"]));
    assert.deepEqual(steps, ["held", "paying", "authorized", "nightsConfirmed", "captured", "confirmed"]);
    const ics = await (await visitor.context.request.get(`${trip}/calendar.ics`)).text();
    assert.match(
      ics,
      new RegExp(`DTSTART;VALUE=DATE:${from.replaceAll("-", "")}\r\nDTEND;VALUE=DATE:${to.replaceAll("-", "")}\r\n`),
    );

    await page.goto("/trips");
    assert.match(await page.locator("#trips").innerText(), new RegExp(text.tripState.confirmed));
    await press(page, `#trips a[href="${trip}"]`);
    await press(page, "#cancel");
    assert.ok((await page.locator("#confirm").innerText()).includes(text.cancelRefund("₩421,200", "₩421,200")));
    await press(page, "#confirm button");
    await reload(visitor, trip, `#refund[data-refund="done"]`, script);
    assert.equal(await page.locator("#refund").innerText(), text.refundDone("₩421,200"));
    assert.deepEqual(complaintsOf(visitor.complaints), []);
  });
}

/** What else may happen on it. */
export function detours(stay: () => Stay, script: boolean, locale: "ko-KR" | "en-GB"): void {
  const text = locale === "ko-KR" ? ko : en;

  test("two presses on the calendar choose a stay, and nights that are taken cannot be pressed", async () => {
    const house = await stay().house();
    await using other = await stay().visitor({ script, locale });
    await signUp(other);
    await hold(other, stay(), house, 12);
    await using visitor = await stay().visitor({ script, locale });
    const { page } = visitor;
    const [from, to] = [stay().day(10), stay().day(12)];
    await page.goto(`/listings/${house.id}?month=${from.slice(0, 7)}`);
    const day = (night: string, month = page) => month.locator(`a.day[href*="${night}"]`);
    assert.equal(await day(`from=${to}`).count(), 0, "the night is held by somebody else");
    await press(page, day(`from=${from}`).first());
    assert.equal(await page.locator("#from").inputValue(), from);
    await press(page, day(`to=${to}`).first());
    assert.deepEqual([await page.locator("#from").inputValue(), await page.locator("#to").inputValue()], [from, to]);
    assert.match(await page.locator(".bill").innerText(), /₩291,600/);
  });

  test("a declined card is told as such, and the nights can be held again", async () => {
    const house = await stay().house();
    await using visitor = await stay().visitor({ script, locale });
    const { page } = visitor;
    await signUp(visitor);
    const trip = await hold(visitor, stay(), house, 20);
    await pay(visitor, "card-declined");
    await reload(visitor, trip, ".state.failed", script);
    assert.ok((await page.locator(".statement").innerText()).includes(text.failure.declined));
    await press(page, page.getByRole("link", { name: text.bookAgain }));
    assert.equal(pathOf(page) + new URL(page.url()).search, houseAddress(house, stay(), 20));
    await press(page, "#book-form button");
    assert.equal(await stateOf(visitor), "held");
  });
}

type Guest = Parameters<typeof shows>[0];

/** The page looks again by itself, with script or without; a browser of tests is asked to, rather than waited for. */
async function reload(visitor: Guest, path: string, selector: string, script: boolean): Promise<void> {
  if (script) return shows(visitor, selector);
  for (let tries = 0; tries < 20 && (await visitor.page.locator(selector).count()) === 0; tries++)
    await visitor.page.goto(path);
  await shows(visitor, selector);
}

/** Pictures of houses that tests make do not exist, and a browser says so. */
export function complaintsOf(complaints: readonly string[]): string[] {
  return complaints.filter((one) => !one.includes("/media/"));
}
