import assert from "node:assert/strict";
import { test } from "node:test";
import { siteTexts } from "./site-texts.ts";
import { en, ko } from "./text.ts";

const words = { toStart: "", stateUnknown: "", signInUnavailable: "", notFoundWhy: "", leaveWhy: "" };

test("a site's texts join the shared ones, group by group", () => {
  const own = (brand: string, left: string) => ({ ...words, brand, done: { booked: brand, left }, weather: brand });
  const text = siteTexts({ ko: own("집", "안녕히"), en: own("house", "Farewell") });
  assert.equal(text.ko.weather, "집");
  assert.equal(text.en.signIn, en.signIn);
  assert.equal(text.en.done.booked, "house");
  assert.equal(text.en.done.signedOut, en.done.signedOut);
  assert.equal(text.ko.done.left, "안녕히", "what is given anew is said anew");
  assert.deepEqual(text.ko.weak, ko.weak);
  assert.equal(ko.done.left.startsWith("탈퇴"), true, "the shared texts stay as they are");
});

test("a text that is missing in one language, and a word that shared pages need, do not compile", () => {
  const kept = { ...words, brand: "", mine: "" };
  // @ts-expect-error "mine" is missing in English
  siteTexts({ ko: kept, en: { ...words, brand: "" } });
  // @ts-expect-error "brand" is a word that shared pages say
  siteTexts({ ko: words, en: words });
});
