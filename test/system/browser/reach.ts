import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Visitor } from "../../suites/browser.ts";
import type { Site } from "../../suites/site.ts";
import { inspect } from "./inspect.ts";
import { comment, en, fill, ko, pathOf, press, signUp, write } from "./people.ts";

/** Who can use the pages: with any eyes, any screen from 320 px, and a keyboard alone. */
export function reach(site: () => Site, locales: readonly string[]): void {
  for (const locale of locales)
    test(`every kind of page is accessible and fits 320 px, light and dark: ${locale}`, async () => {
      await using visitor = await site().visitor({ locale });
      await using stranger = await site().visitor({ locale });
      await look(stranger.page, strangersPages);
      const number = await fillBoard(visitor, locale.slice(0, 2));
      await look(visitor.page, membersPages(number));
      await stranger.page.goto(`/board/${number}`);
      assert.deepEqual([...visitor.complaints, ...stranger.complaints], []);
    });

  test("with a keyboard alone, a post is written, and one always sees where one is", async () => {
    // Without motion a page is where it scrolls to at once.
    await using visitor = await site().visitor({ reducedMotion: "reduce" });
    const { page } = visitor;
    await signUp(visitor);
    await page.goto("/board");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement!.className), "skip");
    await assertFocusSeen(page);
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement!.id), "main");
    await tabTo(page, "#write");
    await Promise.all([page.waitForURL("**/board/new"), page.keyboard.press("Enter")]);
    await tabTo(page, "#title");
    await page.keyboard.type("자판으로 쓴 글");
    await page.keyboard.press("Tab");
    await page.keyboard.type("손가락 열 개로");
    await tabTo(page, "#post-form .button:not(.quiet)");
    await Promise.all([page.waitForURL(/\/board\/\d+/), page.keyboard.press("Enter")]);
    assert.equal(await page.locator("h1").innerText(), "자판으로 쓴 글");
    // From the first thing on the page to the last.
    await page.goto(pathOf(page));
    for (let at = ""; at !== "BODY"; at = await page.evaluate(() => document.activeElement!.tagName)) {
      await page.keyboard.press("Tab");
      if ((await page.evaluate(() => document.activeElement!.tagName)) !== "BODY") await assertFocusSeen(page);
    }
  });
}

type Kinds = Readonly<Record<string, (page: Page) => Promise<unknown>>>;

async function look(page: Page, kinds: Kinds): Promise<void> {
  for (const [name, open] of Object.entries(kinds)) {
    await open(page);
    await inspect(page, name);
  }
}

const strangersPages: Kinds = {
  main: (page) => page.goto("/"),
  login: (page) => page.goto("/login"),
  signup: (page) => page.goto("/signup"),
  "signup-refused": async (page) => {
    await fill(page, { username: "!", password: "" });
    await press(page, "main form button");
  },
  "login-refused": async (page) => {
    await page.goto("/login");
    await fill(page, { username: "nobody_here", password: "not the password" });
    await press(page, "main form button");
  },
  list: async (page) => {
    await page.goto("/board");
    await page.getByText(new RegExp(`^(${ko.listFresh}|${en.listFresh})$`)).waitFor();
  },
  post: (page) => page.goto("/board/1"),
  "not-found": (page) => page.goto("/unknown"),
};

const membersPages = (number: number): Kinds => ({
  "main-member": (page) => page.goto("/"),
  "list-done": (page) => page.goto("/board?done=deleted"),
  "post-comments": (page) => page.goto(`/board/${number}`),
  answering: (page) => press(page, page.locator(`.comment-actions a[href*="answer="]`).first()),
  "comment-editing": async (page) => {
    await page.goto(`/board/${number}`);
    await press(page, page.locator(`.comment-actions a[href*="edit="]`).first());
  },
  "comment-removing": async (page) => {
    await page.goto(`/board/${number}`);
    await press(page, page.locator(`.comment-actions a[href*="/remove"]`).first());
  },
  write: (page) => page.goto("/board/new"),
  "write-refused": (page) => press(page, "#post-form .button:not(.quiet)"),
  edit: (page) => page.goto(`/board/${number}/edit`),
  forbidden: (page) => page.goto("/board/1/edit"),
  delete: (page) => page.goto(`/board/${number}/delete`),
  deleted: async (page) => {
    await press(page, "#confirm button");
    await page.goto(`/board/${number}`);
  },
  account: async (page) => {
    await press(page, "#restore button");
    await page.goto("/account");
  },
  "account-refused": (page) => press(page, "#leave button"),
});

/** A member with a post that tries the layout, and comments of every kind below it. */
async function fillBoard(visitor: Visitor, language: string): Promise<number> {
  const long = "unbreakable".repeat(15);
  await signUp(visitor, `${"long_name_of_20_ch"}${language}`);
  const content = [
    `# Heading\n\n${long}\n\n> quoted **text** with \`code\`\n\n1. one\n2. two\n   - nested`,
    `[a link](https://example.test/${long})\n\nhttps://example.test/${long}`,
    `\`\`\`\n${"code ".repeat(40)}\n\`\`\`\n\n| a | b |\n|---|---|\n| ${long} | 2 |\n\n---`,
    "긴 우리말 글도 줄이 바뀝니다. ".repeat(8),
  ].join("\n\n");
  const number = await write(visitor, `A title that is long, ${long}`, content);
  const { page } = visitor;
  await comment(visitor, `A comment, ${long}`);
  await press(page, page.locator(`.comment-actions a[href*="answer="]`).first());
  await comment(visitor, "An answer");
  const gone = await comment(visitor, "A comment that goes");
  await press(page, gone.locator(`a[href*="/remove"]`));
  await press(page, "#confirm button");
  return number;
}

/** Presses Tab until this has the focus; each stop on the way must be seen. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    await assertFocusSeen(page);
    if (await page.evaluate((wanted) => document.activeElement!.matches(wanted), selector)) return;
  }
  assert.fail(`the keyboard does not come to ${selector}`);
}

async function assertFocusSeen(page: Page): Promise<void> {
  const seen = await page.evaluate(() => {
    const focused = document.activeElement!;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
    const { top, bottom, left, right } = focused.getBoundingClientRect();
    const marked = (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none";
    const inside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth && right - left > 1;
    return { what: focused.outerHTML.slice(0, 120), marked, inside };
  });
  assert.deepEqual([seen.marked, seen.inside], [true, true], seen.what);
}
