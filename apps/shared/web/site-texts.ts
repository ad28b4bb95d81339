import type { Language } from "./language.ts";
import { ko, en, type CommonTexts } from "./text.ts";

/** What pages say: the words that all sites share, and each site's own. */

/** What shared pages say and only the site can word. */
export interface SiteWords {
  /** The site's name. */
  readonly brand: string;
  /** The link to the page where the site's own matter begins: its `start`. */
  readonly toStart: string;
  /** What still works while nobody can tell who is signed in. */
  readonly stateUnknown: string;
  /** The same, for somebody who is about to sign in. */
  readonly signInUnavailable: string;
  /** What may have become of what is not there. */
  readonly notFoundWhy: string;
  /** What leaving takes away and what it leaves behind. */
  readonly leaveWhy: string;
  /** What a page says about what the page before it did, by the name that `visit.go` was given. */
  readonly done?: Readonly<Record<string, string>>;
}

/** What shared pages can rely on. */
export type SharedTexts = CommonTexts & SiteWords;

/**
 * The shared texts with a site's own added, one level deep: the site's `done` joins the shared one. A site that gives a
 * shared text anew has it said in its own words. English has the type of the Korean texts, so one that is missing there
 * does not compile.
 */
export function siteTexts<Own extends SiteWords>(own: {
  readonly ko: Own;
  readonly en: NoInfer<Own>;
}): Record<Language, CommonTexts & Own> {
  return { ko: joined(ko, own.ko), en: joined(en, own.en) };
}

function joined<A extends object, B extends object>(common: A, own: B): A & B {
  const before = new Map<string, unknown>(Object.entries(common));
  const words = Object.entries(own).map(([name, value]: [string, unknown]) => {
    const shared = before.get(name);
    return [name, isGroup(shared) && isGroup(value) ? { ...shared, ...value } : value];
  });
  return { ...common, ...(Object.fromEntries(words) as B) };
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
