/**
 * How text becomes what an index can find, Korean first. Korean puts particles and endings onto its words, so words as
 * they stand are of little use: a run of Hangul, Han or Kana is indexed as its pairs of neighbours (제주도 as 제주, 주도)
 * and its last syllable (도), so any part of it can be found. A run of other letters and digits is one word.
 *
 * A query is the AND of its tokens. A term of several tokens may be met by a text in which they are apart, so such a
 * term must also be found in the text itself (`loose`).
 */

const cjk = String.raw`[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]`;
const other = String.raw`(?:(?!${cjk})[\p{L}\p{N}\p{M}])`;
const termPattern = /[\p{L}\p{N}\p{M}]+/gu;
const runPattern = new RegExp(`(${cjk}+)|${other}+`, "gu");
const startsOther = new RegExp(`^${other}`, "u");
const endsOther = new RegExp(`${other}$`, "u");
/** No query has a longer one, and an index refuses much longer ones. */
const maxWord = 100;

/** Lower case, each character in its place: positions in the result are positions in the text. */
export function fold(text: string): string {
  const folded = text.toLowerCase();
  if (folded.length === text.length) return folded;
  return Array.from(text, (character) => {
    const lower = character.toLowerCase();
    return lower.length === character.length ? lower : character;
  }).join("");
}

interface Run {
  readonly text: string;
  readonly cjk: boolean;
}

function runsOf(text: string): Run[] {
  return Array.from(text.matchAll(runPattern), ([run, pairs]) => ({ text: run, cjk: pairs !== undefined }));
}

function pairsOf(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, index) => characters[index]! + character);
}

/** What folded text can be found by. */
export function tokensOf(folded: string): string[] {
  const tokens = new Set<string>();
  for (const { text, cjk } of runsOf(folded)) {
    if (!cjk) tokens.add(text.slice(0, maxWord));
    else {
      const characters = Array.from(text);
      for (const pair of pairsOf(characters)) tokens.add(pair);
      tokens.add(characters.at(-1)!);
    }
  }
  return [...tokens];
}

export interface Wanted {
  /** For PostgreSQL: a tsquery. */
  readonly query: string;
  /** Terms that must also be looked for in the folded text. */
  readonly loose: readonly string[];
  /** Where the terms are in a text: [start, end), in order, none touching another. */
  matchesIn(text: string): [number, number][];
}

/** What somebody typed; null: there is no word in it. The last word counts as found where one begins with it. */
export function wantedBy(q: string): Wanted | null {
  const terms = Array.from(fold(q.normalize("NFC")).matchAll(termPattern), ([term]) => term);
  if (terms.length === 0) return null;
  const tokens = terms.map((term, index) => tokensOfTerm(term, index === terms.length - 1));
  const patterns = terms.map((term, index) => patternOf(term, index === terms.length - 1));
  return {
    query: [...new Set(tokens.flat())].join(" & "),
    loose: terms.filter((_, index) => tokens[index]!.length > 1),
    matchesIn: (text) => merged(patterns.flatMap((pattern) => placesOf(pattern, fold(text)))),
  };
}

/** Terms are letters, digits and marks only, so nothing in them needs escaping. */
function tokensOfTerm(term: string, last: boolean): string[] {
  const runs = runsOf(term);
  return runs.flatMap(({ text, cjk }, index) => {
    if (!cjk) return last && index === runs.length - 1 ? [`'${text}':*`] : [`'${text}'`];
    const characters = Array.from(text);
    // A syllable begins a pair or ends its run, and is a token of its own there.
    return characters.length === 1 ? [`'${text}':*`] : pairsOf(characters).map((pair) => `'${pair}'`);
  });
}

function patternOf(term: string, last: boolean): RegExp {
  const before = startsOther.test(term) ? `(?<!${other})` : "";
  const after = !last && endsOther.test(term) ? `(?!${other})` : "";
  return new RegExp(`${before}${term}${after}`, "gu");
}

function placesOf(pattern: RegExp, folded: string): [number, number][] {
  return Array.from(folded.matchAll(pattern), ({ index, 0: { length } }) => [index, index + length]);
}

function merged(found: [number, number][]): [number, number][] {
  const matches: [number, number][] = [];
  for (const [start, end] of found.sort(([a], [b]) => a - b)) {
    const last = matches.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else matches.push([start, end]);
  }
  return matches;
}

/** UTF-16 units of a snippet before the first match, and from there on. */
const [snippetBefore, snippetAfter] = [30, 90];

/** A piece of a text around the first of the matches; null: there are none. */
export function snippetOf(text: string, matches: readonly [number, number][]) {
  if (matches.length === 0) return null;
  const start = whole(text, Math.max(0, matches[0]![0] - snippetBefore));
  const end = whole(text, Math.min(text.length, matches[0]![0] + snippetAfter));
  const [lead, tail] = [start > 0 ? "…" : "", end < text.length ? "…" : ""];
  const shift = lead.length - start;
  return {
    text: `${lead}${text.slice(start, end).replaceAll("\n", " ")}${tail}`,
    matches: matches
      .filter(([from]) => from < end)
      .map(([from, to]): [number, number] => [from + shift, Math.min(to, end) + shift]),
  };
}

/** Not between the two halves of one character. */
function whole(text: string, at: number): number {
  return /[\uDC00-\uDFFF]/.test(text[at] ?? "") ? at - 1 : at;
}
