import { test } from "node:test";
import { inspect } from "../browser/inspect.ts";
import { hold, houseAddress, pay, press, shows, signUp, type Stay } from "./guests.ts";

/** Who can use the pages: with any eyes, on any screen from 320 px, in both languages. */
export function reach(stay: () => Stay, locale: "ko-KR" | "en-GB"): void {
  test(`every kind of page is accessible and fits 320 px, light and dark: ${locale}`, async () => {
    const house = await stay().house({ place: "yeosu", title: `${"unbreakable".repeat(6)} 집`, policy: "flexible" });
    await using visitor = await stay().visitor({ locale });
    const { page } = visitor;
    const look = async (name: string, open: () => Promise<unknown>) => {
      await open();
      await inspect(page, `stay-${name}`);
    };
    await look("home", () => page.goto("/"));
    await look("search", () =>
      page.goto(`/search?place=yeosu&amenity=wifi&from=${stay().day(50)}&to=${stay().day(52)}`),
    );
    await look("search-refused", () => page.goto("/search?guests=0&min=x"));
    await look("search-nothing", () => page.goto("/search?q=zzzz&place=jeju"));
    await look("listing", () => page.goto(`/listings/${house.id}`));
    await look("listing-arrival", () => page.goto(`/listings/${house.id}?from=${stay().day(50)}`));
    await look("listing-refused", () => page.goto(houseAddress(house, stay(), 50, 2, 9)));
    await look("login", () => page.goto("/login"));
    await signUp(visitor);
    await look("trips-none", () => page.goto("/trips"));
    await look("listing-book", () => page.goto(houseAddress(house, stay(), 50)));
    await look("held", () => hold(visitor, stay(), house, 50));
    await look("confirmed", async () => {
      await pay(visitor);
      await shows(visitor, ".state.confirmed");
    });
    await look("cancel", () => press(page, "#cancel"));
    await look("cancelled", async () => {
      await press(page, "#confirm button");
      await shows(visitor, `#refund[data-refund="done"]`);
    });
    await look("trips", () => page.goto("/trips"));
    await look("not-found", () => page.goto("/nowhere"));
  });
}
