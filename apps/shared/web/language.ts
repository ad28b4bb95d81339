/** Which language a visitor reads, and how dates and numbers look in it. */

export const languages = ["ko", "en"] as const;
export type Language = (typeof languages)[number];

export function toLanguage(value: unknown): Language | null {
  return languages.find((language) => language === value) ?? null;
}

/** The best of our languages for an Accept-Language header; Korean where it names none of them. */
export function negotiate(header: string | undefined): Language {
  let best: Language = "ko";
  let bestQuality = 0;
  for (const part of (header ?? "").slice(0, 500).split(",")) {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const language = toLanguage(range.split("-")[0]);
    const weight = parameters.map((one) => /^\s*q=(\d(?:\.\d{1,3})?)\s*$/.exec(one)?.[1]).find((found) => found);
    const quality = weight === undefined ? 1 : Number(weight);
    if (language === null || quality <= bestQuality) continue;
    best = language;
    bestQuality = quality;
  }
  return best;
}

/** Everything that depends on the language of a page. */
export interface Locale<T = unknown> {
  readonly language: Language;
  readonly text: T;
  number(value: number): string;
  /** Date and time, in full. */
  moment(at: Date): string;
  /** The time for today, the date for other days: what a list has room for. */
  brief(at: Date, now: Date): string;
}

// The server cannot know where a reader is. Written times are Korean ones, and the foot of each page says so.
const timeZone = "Asia/Seoul";

function locale<T>(language: Language, text: T): Locale<T> {
  const numbers = new Intl.NumberFormat(language);
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone });
  const times = new Intl.DateTimeFormat(language, { timeStyle: "short", timeZone });
  const days = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone });
  const years = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric", timeZone });
  const day = (at: Date): string => years.format(at);
  const year = new Intl.DateTimeFormat("en", { year: "numeric", timeZone });
  return {
    language,
    text,
    number: (value) => numbers.format(value),
    moment: (at) => moments.format(at),
    brief: (at, now) => {
      if (day(at) === day(now)) return times.format(at);
      return year.format(at) === year.format(now) ? days.format(at) : years.format(at);
    },
  };
}

export function createLocales<T>(texts: Readonly<Record<Language, T>>): Readonly<Record<Language, Locale<T>>> {
  return { ko: locale("ko", texts.ko), en: locale("en", texts.en) };
}
