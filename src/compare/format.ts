import { isSpread, type Figure } from "./statistics.ts";

export type Language = "en" | "ko";

export type Unit = "share" | "ms" | "ratio" | "bytes" | "seconds" | "perSecond" | "count";

const invalid = { en: "invalid", ko: "무효" } as const;
export const absent = "–";

export function number(value: number, unit: Unit): string {
  // A minus zero is what rounding leaves of very little.
  const text = (of: number, digits: number): string => of.toFixed(digits).replace(/^-(0(\.0+)?)$/, "$1");
  switch (unit) {
    case "share": {
      // What is not all must not look like all.
      const percent = value < 1 ? Math.min(value * 100, 99.99) : value * 100;
      return `${Number.isInteger(percent) ? percent : text(percent, percent > 99 ? 2 : 1)} %`;
    }
    case "ms":
      if (value === 0) return "0 ms";
      return Math.abs(value) >= 1000
        ? `${text(value / 1000, 2)} s`
        : `${text(value, Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} ms`;
    case "ratio":
      return `${text(value, 2)}×`;
    case "bytes":
      return `${text(value / 1024 / 1024, value < 100 * 1024 * 1024 ? 1 : 0)} MB`;
    case "seconds":
      return `${text(value, value < 10 ? 2 : 1)} s`;
    case "perSecond":
      return `${text(value, 0)}/s`;
    case "count":
      return text(value, Number.isInteger(value) ? 0 : 2);
  }
}

/** A figure with its range: "12.3 ms (11.8–12.9)". */
export function figure(value: Figure, unit: Unit, language: Language): string {
  if (value === "invalid") return invalid[language];
  if (!isSpread(value)) return absent;
  const [middle, low, high] = [value.value, value.min, value.max].map((each) => number(each, unit));
  if (low === high && low === middle) return middle!;
  const unitText = /\s?[^\d.,–-]+$/;
  const sameUnit = unitText.exec(low!)?.[0] === unitText.exec(high!)?.[0];
  return `${middle} (${sameUnit ? low!.replace(unitText, "") : low}–${high!.replace(sameUnit ? unitText : "", "")})`;
}
