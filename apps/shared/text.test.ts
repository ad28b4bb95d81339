import assert from "node:assert/strict";
import { test } from "node:test";
import { line, text } from "./text.ts";

test("text is tidied: composed, trimmed, with line feeds", () => {
  assert.equal(text(100).parse("  한글\r\n둘째 줄\t끝 \r".normalize("NFD")), "한글\n둘째 줄\t끝");
});

test("tidying twice is tidying once", () => {
  const once = text(100).parse(" 가\r\r\n나 ".normalize("NFD"));
  assert.equal(text(100).parse(once), once);
});

test("blank text and fillers that only look like text are refused", () => {
  for (const blank of ["", "  \n ", "\u3164\u3164", "\u200b", "\u115f"]) assert.ok(!text(100).safeParse(blank).success);
});

test("control characters, broken surrogates and direction overrides are refused", () => {
  for (const bad of ["a\u0000b", "a\u001bb", "a\u0085b", "a\ud800b", "a\u202eb", "a\u2066b"])
    assert.ok(!text(100).safeParse(bad).success, JSON.stringify(bad));
  assert.ok(text(100).safeParse("가족 👨‍👩‍👧 사진").success);
});

test("lengths are held to after tidying", () => {
  assert.ok(line(3).safeParse("  가나다  ").success);
  assert.ok(line(3).safeParse("가나다".normalize("NFD")).success);
  assert.ok(!line(3).safeParse("가나다라").success);
});

test("a line has no line ends", () => {
  assert.ok(!line(100).safeParse("한 줄\n두 줄").success);
});
