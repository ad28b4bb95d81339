import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { toHtml } from "../../src/compare/html.ts";
import { makeReport } from "../../src/compare/report.ts";
import { comparison } from "../../src/compare/testing.ts";
import { startBrowser, visit, type Visitor } from "../suites/browser.ts";
import { inspect } from "./browser/inspect.ts";

/** The page that a comparison leaves behind, in a real browser and from a file. */

const started = await startBrowser();
const skip = "reason" in started ? started.reason : false;
after(() => ("browser" in started ? started.browser.close() : undefined));

async function opened(t: TestContext, script: boolean): Promise<Visitor> {
  assert.ok("browser" in started);
  const directory = await mkdtemp(join(tmpdir(), "seamline-report-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "report.html");
  await writeFile(file, await toHtml(makeReport(comparison().recording), "en"));
  const visitor = await visit(started.browser, pathToFileURL(file).href, { script, offline: true });
  await visitor.page.goto(pathToFileURL(file).href);
  return visitor;
}

test(
  "a report fits a narrow screen and keeps to WCAG 2.2 AA, light and dark, in both languages",
  { skip },
  async (t) => {
    await using visitor = await opened(t, true);
    const { page, complaints } = visitor;
    await inspect(page, "report");
    await page.getByText("한국어", { exact: true }).click();
    await inspect(page, "report-ko");
    assert.deepEqual(complaints, []);
  },
);

test("its language is chosen by keyboard and without script", { skip }, async (t) => {
  await using visitor = await opened(t, false);
  const { page } = visitor;
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });
  assert.ok(await heading("Comparison of architectures: board").isVisible());
  assert.ok(await heading("구조 비교: board").isHidden());
  await page.getByRole("radio", { name: "English" }).press("ArrowLeft");
  assert.ok(await heading("구조 비교: board").isVisible());
  assert.ok(await heading("Comparison of architectures: board").isHidden());
});
