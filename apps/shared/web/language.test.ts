import assert from "node:assert/strict";
import { test } from "node:test";
import { createLocales, negotiate, toLanguage } from "./language.ts";

const locales = createLocales({ ko: "말", en: "words" });

test("the visitor's first language that we have is chosen", () => {
  const cases: [string | undefined, string][] = [
    [undefined, "ko"],
    ["", "ko"],
    ["en", "en"],
    ["en-GB,en;q=0.8", "en"],
    ["ko-KR,ko;q=0.9,en;q=0.8", "ko"],
    ["fr, en;q=0.5, ko;q=0.4", "en"],
    ["en;q=0.3, ko;q=0.7", "ko"],
    ["EN-us", "en"],
    ["en;q=0", "ko"],
    ["fr", "ko"],
    ["*", "ko"],
    [";;;,q=1,en;q=x", "en"],
  ];
  for (const [header, expected] of cases) assert.equal(negotiate(header), expected, String(header));
});

test("a language we do not have is none", () => {
  for (const value of ["fr", "", undefined, 1, "__proto__", "toString", ["ko", "en"]])
    assert.equal(toLanguage(value), null);
  assert.equal(toLanguage("en"), "en");
});

test("dates and numbers follow the language, in Korean time", () => {
  const at = new Date("2026-11-22T15:30:00Z");
  assert.equal(locales.ko.moment(at), "2026. 11. 23. 오전 12:30");
  assert.match(locales.en.moment(at), /^Nov 23, 2026, 12:30\sAM$/);
  assert.equal(locales.ko.number(1234567), "1,234,567");
});

test("a list shows the time for today and the date for other days", () => {
  const now = new Date("2026-11-22T15:30:00Z");
  assert.equal(locales.ko.brief(new Date("2026-11-22T15:05:00Z"), now), "오전 12:05");
  assert.equal(locales.ko.brief(new Date("2026-11-22T14:59:00Z"), now), "11월 22일");
  assert.equal(locales.ko.brief(new Date("2025-11-22T14:59:00Z"), now), "2025년 11월 22일");
});
