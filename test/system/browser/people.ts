import type { Locator, Page } from "playwright-core";
import type { Visitor } from "../../suites/browser.ts";
import { text } from "../../../apps/board/web/text.ts";

/** What people do on the board's pages, in steps that several tests take. */

export const { ko, en } = text;
export const password = "종이배 열두 척을 띄운 아침";

let people = 0;
export function newName(): string {
  return `walker_${++people}`;
}

/** Does what leads to another page, and waits until that is there. Returns its status. */
export async function follow(page: Page, act: () => Promise<unknown>): Promise<number> {
  const [answer] = await Promise.all([
    page.waitForResponse((one) => one.request().isNavigationRequest() && (one.status() < 300 || one.status() >= 400)),
    page.waitForEvent("load"),
    act(),
  ]);
  return answer.status();
}

export function press(page: Page, where: string | Locator): Promise<number> {
  return follow(page, () => (typeof where === "string" ? page.locator(where) : where).click());
}

export async function fill(page: Page, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(values)) await page.locator(`main [name="${name}"]:visible`).fill(value);
}

/**
 * Signs somebody up without looking: the form is sent and its answer followed, but no page is drawn. That the page works is
 * what walks show.
 */
export async function signUp({ context }: Pick<Visitor, "context">, username = newName()): Promise<string> {
  const form = await (await context.request.get("/signup")).text();
  const token = /name="token" value="([^"]+)"/.exec(form)?.[1] ?? "";
  const answer = await context.request.post("/signup", { form: { token, username, password } });
  if (answer.status() !== 200) throw new Error(`${username} was not signed up: ${await answer.text()}`);
  return username;
}

/** Writes a post and stays on its page. */
export async function write({ page }: Pick<Visitor, "page">, title: string, content = "글"): Promise<number> {
  await page.goto("/board/new");
  await fill(page, { title, content });
  await press(page, "#post-form .button:not(.quiet)");
  const number = /^\/board\/(\d+)$/.exec(pathOf(page))?.[1];
  if (number === undefined) throw new Error(`"${title}" was not written: ${await page.locator("main").innerText()}`);
  return Number(number);
}

/** Writes a comment on the post whose page is open. Returns the comment's place. */
export async function comment({ page }: Pick<Visitor, "page">, content: string): Promise<Locator> {
  await fill(page, { content });
  await press(page, "#comment-form button");
  return page.locator(new URL(page.url()).hash);
}

export function pathOf(page: Page): string {
  return new URL(page.url()).pathname;
}

/** What a field's description says: its hint and its error, as a screen reader would read them. */
export async function describedAs(field: Locator): Promise<string> {
  const ids = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
  const texts = await Promise.all(ids.map((id) => field.page().locator(`[id="${id}"]`).innerText()));
  return texts.join(" ");
}
