import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type axe from "axe-core";
import type { Page } from "playwright-core";

/**
 * Looks at the page that is open with every eye there is: axe-core by the rules of WCAG 2.2 AA, on a narrow screen in light
 * colours and on a wide one in dark colours; nothing wider than a narrow screen; no Korean words in an English page.
 * The page needs its script
 * switched on, because a promise in a page without one never settles.
 *
 * `SEAMLINE_SCREENSHOTS=DIR` keeps pictures of it, for people to look at.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  await page.setViewportSize(narrow);
  // Without motion, so that no colour is looked at half-way to another.
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  // Through the debugger, which the page's content security policy does not concern.
  await page.evaluate(axeSource);
  const found = [
    ...(await broken(page, "light", everyRule)),
    ...(await overflowing(page)),
    ...(await untranslated(page)),
  ];
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: "dark" });
  found.push(...(await broken(page, "dark", colourRules)));
  await keepPictures(page, name);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  assert.deepEqual(found, [], `${name}, in ${await page.locator("html").getAttribute("lang")}`);
}

const axeSource = readFileSync(new URL(import.meta.resolve("axe-core/axe.min.js")), "utf8");

/** What WCAG 2.2 calls reflow: content fits this width without scrolling in two directions. */
const narrow = { width: 320, height: 720 };
const wide = { width: 1280, height: 900 };

const everyRule = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  rules: { "target-size": { enabled: true } },
  resultTypes: ["violations"],
  // A violation is told by its markup; to find a selector for it takes longer than to find it.
  selectors: false,
} satisfies axe.RunOptions;
/** No other rule asks about colours. */
const colourRules = {
  runOnly: { type: "rule", values: ["color-contrast"] },
  resultTypes: ["violations"],
  selectors: false,
} satisfies axe.RunOptions;

async function broken(page: Page, scheme: string, rules: axe.RunOptions): Promise<string[]> {
  const violations = await page.evaluate(async (how) => {
    const results = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, how);
    return results.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => html.slice(0, 160)) }));
  }, rules);
  return violations.map(({ id, nodes }) => `${scheme}: ${id}: ${nodes.join(" and ")}`);
}

async function overflowing(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.scrollingElement!.scrollWidth <= width) return [];
    const over = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width);
    return over.map((one) => `wider than ${width} px: ${one.outerHTML.slice(0, 120)}`);
  });
}

/** What people wrote is in their language: their names in bdi, their texts in prose. */
async function untranslated(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.documentElement.lang !== "en") return [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (texts.nextNode()) {
      const { parentElement, textContent } = texts.currentNode as Text;
      const own = parentElement!.closest("bdi, .prose, textarea, [lang=ko]") === null;
      if (own && /\p{Script=Hangul}/u.test(textContent)) found.push(`not in English: ${textContent.trim()}`);
    }
    return found;
  });
}

async function keepPictures(page: Page, name: string): Promise<void> {
  const directory = process.env["SEAMLINE_SCREENSHOTS"];
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true });
  const language = await page.locator("html").getAttribute("lang");
  for (const width of [320, 768, 1280])
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const path = join(directory, `${name}-${language}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true, animations: "disabled" });
    }
}
