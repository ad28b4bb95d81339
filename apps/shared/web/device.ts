/** A User-Agent in words that a person recognises: "Firefox · Windows". "" for one that names nothing known. */
export function deviceName(userAgent: string): string {
  const first = (table: readonly (readonly [RegExp, string])[]): string =>
    table.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "";
  return [first(browsers), first(systems)].filter(Boolean).join(" · ");
}

// Browsers name their ancestors too, so the order is from the more to the less particular.
const browsers = [
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bWhale\//, "Whale"],
  [/\b(Edg|EdgA|EdgiOS)\//, "Edge"],
  [/\b(OPR|Opera)\//, "Opera"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bVersion\/[\d.]+.* Safari\//, "Safari"],
  [/^curl\//, "curl"],
] as const;

const systems = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
] as const;
