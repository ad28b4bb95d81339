import assert from "node:assert/strict";
import { test } from "node:test";
import { fold, snippetOf, tokensOf, wantedBy } from "./words.ts";

test("a run of syllables is found by its pairs and its last syllable, other letters as words", () => {
  assert.deepEqual(
    tokensOf(fold("제주도의 Sea-View 3호실")).sort(),
    ["sea", "view", "3", "제주", "주도", "도의", "의", "호실", "실"].sort(),
  );
  assert.deepEqual(tokensOf("집"), ["집"]);
  assert.deepEqual(tokensOf(fold("東京タワー ㄱ")).sort(), ["東京", "京タ", "タワ", "ワー", "ー", "ㄱ"].sort());
  assert.deepEqual(tokensOf("!? · 🙂"), []);
});

test("a query is the AND of its tokens; a syllable, and the last word, may begin what is found", () => {
  assert.equal(wantedBy("제주도 Sea vie")!.query, "'제주' & '주도' & 'sea' & 'vie':*");
  assert.equal(wantedBy("집")!.query, "'집':*");
  assert.equal(wantedBy("view 호텔")!.query, "'view' & '호텔'");
  assert.equal(wantedBy("Ⅲ급")!.query, "'ⅲ' & '급':*");
  assert.deepEqual(["", "  ", "!?'&|:*\\"].map(wantedBy), [null, null, null]);
});

test("only terms of several tokens have to be looked for once more", () => {
  assert.deepEqual(wantedBy("제주도 바다 sea wifi존")!.loose, ["제주도", "wifi존"]);
});

test("marks that mean something to PostgreSQL or to patterns are no part of a term", () => {
  const { query, matchesIn } = wantedBy(`it's (a|b) $^.*`)!;
  assert.equal(query, "'it' & 's' & 'a' & 'b':*");
  assert.deepEqual(matchesIn("(a|b)"), [
    [1, 2],
    [3, 4],
  ]);
});

test("folding keeps every character in its place", () => {
  for (const text of ["İstanbul ΑΣ", "ǅ 제주 ẞ", "A".repeat(100)]) assert.equal(fold(text).length, text.length);
  assert.equal(fold("SEA 바다"), "sea 바다");
});

test("what was typed in parts is found as a whole", () => {
  assert.equal(wantedBy("제주".normalize("NFD"))!.query, "'제주'");
});

test("matches are where the words are, and those that touch are one", () => {
  const { matchesIn } = wantedBy("제주 주도 sea")!;
  assert.deepEqual(matchesIn("제주도, Season, overseas"), [
    [0, 3],
    [5, 8],
  ]);
  assert.deepEqual(wantedBy("sea view")!.matchesIn("season sea views"), [
    [7, 10],
    [11, 15],
  ]);
  assert.deepEqual(matchesIn("강릉"), []);
});

test("a snippet is the piece around the first match, on one line, with the matches in their new places", () => {
  const text = `${"가".repeat(50)}\n바다가 보이고 ${"나".repeat(200)} 바다`;
  const snippet = snippetOf(text, wantedBy("바다")!.matchesIn(text))!;
  assert.deepEqual(
    snippet.matches.map(([from, to]) => snippet.text.slice(from, to)),
    ["바다"],
  );
  assert.ok(snippet.text.startsWith("…가") && snippet.text.endsWith("나…") && !snippet.text.includes("\n"));
  assert.equal(snippetOf("바다", []), null);
  assert.deepEqual(snippetOf("바다", [[0, 2]]), { text: "바다", matches: [[0, 2]] });
});

test("a snippet never cuts a character in two", () => {
  const text = "🙂".repeat(40) + "a바다" + "🙂".repeat(80);
  const { text: cut } = snippetOf(text, wantedBy("바다")!.matchesIn(text))!;
  assert.ok(cut.isWellFormed());
});
