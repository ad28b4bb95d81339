import type { Random } from "./random.ts";

/**
 * A small grammar of Korean: patterns with holes for words, whose particles follow the last sound of the word before
 * them, so that texts read as texts and search has real stems to find.
 */

/** Particles by the form that follows a consonant; the other form follows a vowel. */
const afterVowel: Record<string, string> = { 은: "는", 이: "가", 을: "를", 와: "와", 으로: "로" };
const afterConsonant: Record<string, string> = { 와: "과" };

/** A word with the particle (named by "은", "이", "을", "와" or "으로") in the form that its last sound asks for. */
export function withParticle(word: string, particle: string): string {
  const code = word.charCodeAt(word.length - 1) - 0xac00;
  const final = code >= 0 && code < 11_172 ? code % 28 : 0;
  // ㄹ (the eighth final) takes 로 as a vowel does.
  const open = final === 0 || (particle === "으로" && final === 8);
  return word + (open ? (afterVowel[particle] ?? particle) : (afterConsonant[particle] ?? particle));
}

/** Fills a pattern's `{group}` and `{group:particle}` with words of the groups; a word comes once in a pattern. */
export function fill<Group extends string>(
  random: Random,
  groups: Readonly<Record<Group, readonly string[]>>,
  pattern: string,
): string {
  const used = new Set<string>();
  return pattern.replace(/\{(\w+)(?::([가-힣]+))?\}/gu, (_match, group: Group, particle?: string) => {
    let word = random.pick(groups[group]);
    while (used.has(word)) word = random.pick(groups[group]);
    used.add(word);
    return particle ? withParticle(word, particle) : word;
  });
}

/** Some pieces, `least` to `most` of them. */
export function some(random: Random, least: number, most: number, make: () => string): string[] {
  return Array.from({ length: least + random.below(most - least + 1) }, make);
}
