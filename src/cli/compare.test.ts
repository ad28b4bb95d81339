import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Recording, Sample } from "../record/reader.ts";
import board from "../../apps/board/app.ts";
import { defaultColumns } from "../compare/experiment.ts";
import { parseHypotheses } from "../compare/hypotheses.ts";
import { comparison, save, Synthetic } from "../compare/testing.ts";
import { readArgs } from "./args.ts";
import * as compare from "./commands/compare.ts";
import * as runs from "./commands/runs.ts";
import { terminal, type Terminal } from "./terminal.ts";

/** `compare` and `runs` over recordings whose figures can be worked out by hand. Nothing is started here. */

const bin = fileURLToPath(new URL("../../bin/seamline.mjs", import.meta.url));
let data = "";
const at = (...names: string[]): string => join(data, ...names);

before(async () => {
  data = await mkdtemp(join(tmpdir(), "seamline-compare-"));
  await save(comparison().recording, at("runs", "1"));
  await save(
    changed(({ lateMs }) => ({ lateMs: lateMs + 50 })),
    at("runs", "2"),
  );
  const slower = changed(({ latencyMs }) => ({ latencyMs: latencyMs < 100 ? latencyMs + 100 : latencyMs }));
  await save({ ...slower, run: { ...slower.run, id: "3", rate: 30 } }, at("runs", "3"));
  const cut = new Synthetic(["monolith naive", "monolith guarded"]).window("monolith naive", "baseline", [0, 5000]);
  await save(cut.add({ type: "end", t: 5000, complete: false, why: "interrupted" }).recording, at("runs", "4"));
});
after(() => rm(data, { recursive: true, force: true }));

/** The same with another fate of the guarded monolith's requests. */
function changed(of: (sample: Sample) => Partial<Sample>): Recording {
  const { recording } = comparison();
  const samples = recording.samples.map((each) => (each.column === 1 ? { ...each, ...of(each) } : each));
  return { ...recording, samples };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly json: any;
}

/** What a command prints for people goes to `out`, what it prints for programs to `json`. */
async function seamline(name: "compare" | "runs", ...words: string[]): Promise<Ended> {
  const { command } = name === "compare" ? compare : runs;
  const language = words.includes("ko") ? "ko" : "en";
  const said: string[] = [];
  let printed: unknown = null;
  const screen: Terminal = {
    ...terminal(language),
    out: (line) => void said.push(line),
    note: (line) => void said.push(line),
    json: (value) => void (printed = value),
  };
  const args = readArgs([...words, "--data", data], name, command.positionals, command.flags, screen.t);
  const code = await command.run(args, screen);
  return { code, out: said.join("\n"), json: JSON.parse(JSON.stringify(printed)) };
}

/** The same as a process, for exit codes. */
async function spawned(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, ...words, "--data", data], {
    env: { ...process.env, LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: ((await exit) as [number])[0], out, err };
}

async function hypotheses(...lines: string[]): Promise<string> {
  const file = at("hypotheses.txt");
  await writeFile(file, lines.join("\n"));
  return file;
}

test("a report is made again from its recording, with what each fault means, in both languages", async () => {
  const { code, out } = await seamline("compare", "--from", "1");
  assert.equal(code, 0);
  assert.match(out, /crash:reviews: Only the split helped: microservices lost 25 % of good requests/);
  assert.match(out, /db-locked:reviews: Guards helped as much as the split/);
  assert.match(out, /blast radius by requests +100 % +100 % +25 % +25 %/);
  assert.match(out, /This report again +seamline compare --from 1 --data /);
  // The same recording elsewhere gives the same report.
  await cp(at("runs", "1"), at("elsewhere"), { recursive: true });
  const here = await seamline("compare", "--from", "1", "--json");
  const there = await seamline("compare", "--from", at("elsewhere"), "--json");
  assert.deepEqual(there.json.report, here.json.report);
  assert.match((await seamline("compare", "--from", "1", "--lang", "ko")).out, /나누는 것만이 도움이 되었습니다/);
});

test("hypotheses that hold end with 0, refuted ones with 3 and come first", async () => {
  const good = await hypotheses("[microservices guarded] main page ≥ 99 % during crash:reviews", "memory ≤ 240 MB");
  const held = await seamline("compare", "--from", "1", "--hypotheses", good);
  assert.equal(held.code, 0);
  assert.match(held.out, /Hypotheses: 2 of 2 hold\n✓ \[microservices guarded\]/);
  const bad = await hypotheses("memory ≤ 240 MB", "blast radius ≤ 40 % during crash:reviews");
  const refuted = await seamline("compare", "--from", "1", "--hypotheses", bad);
  assert.equal(refuted.code, 3);
  assert.match(
    refuted.out,
    /1 of 2 hold\n✗ blast radius ≤ 40 % during crash:reviews\n {4}monolith naive: refuted, 100 %\n {4}monolith guarded: refuted, 100 %\n✓ memory/,
  );
});

test("the hypotheses that the pages show are understood for the board", async () => {
  const features = Object.entries(board.features).map(([name, { says }]) => ({ name, says }));
  const known = { features, columns: defaultColumns(board), faults: [{ id: "crash:comments" }] };
  for (const page of ["docs/compare.md", "docs/ko/compare.md"]) {
    const document = await readFile(new URL(`../../${page}`, import.meta.url), "utf8");
    const [, example] = /^```\n(#[^]*?)^```$/m.exec(document)!;
    assert.equal(parseHypotheses(example!, known, page).length, 6);
  }
});

test("an invalid run has no figures in the columns concerned, says why, and ends with 4", async () => {
  const { code, out } = await seamline("compare", "--from", "2");
  assert.equal(code, 4);
  assert.match(out, /invalid: too much dropped or late/);
  assert.match(out, /p50 +17\.2 ms[^\n]* invalid /);
  assert.match(out, /invalid: monolith guarded \(too much dropped or late\)\. These columns have no figures/);
  // What it does not know it does not refute; what was refuted in a valid column is.
  const unknown = await hypotheses("[monolith guarded] p95 ≤ 1 s");
  assert.equal((await seamline("compare", "--from", "2", "--hypotheses", unknown)).code, 4);
  const refuted = await hypotheses("blast radius ≤ 40 % during crash:reviews");
  assert.equal((await seamline("compare", "--from", "2", "--hypotheses", refuted)).code, 3);
});

test("a run that was interrupted is reported as far as it went, and ends with 4", async () => {
  const { code, out } = await seamline("compare", "--from", "4");
  assert.equal(code, 4);
  assert.match(out, /^The run did not come to its end; [^\n]*\(interrupted\)/);
  assert.match(out, /p50 +10\.0 ms/);
});

test("the page is one file without script that names nothing elsewhere, and has the hypotheses", async () => {
  const file = at("report.html");
  const bad = await hypotheses("memory ≤ 120 MB");
  const { out } = await seamline("compare", "--from", "1", "--hypotheses", bad, "--html", file);
  assert.match(out, new RegExp(`As a page +${file}`));
  const page = await readFile(file, "utf8");
  assert.ok(/✗ memory ≤ 120\sMB[^]*microservices guarded: refuted, 240\sMB/.test(page));
  assert.ok(page.includes("반박됨"));
  assert.deepEqual(page.match(/<script|<link|https?:|url\(|@import/i), null);
});

test("runs are listed with whether they are valid, and those that cannot be read are no obstacle", async () => {
  await cp(at("runs", "1"), at("runs", "7"), { recursive: true });
  const lines = (await readFile(at("runs", "7", "events.ndjson"), "utf8")).split("\n");
  await writeFile(at("runs", "7", "events.ndjson"), [...lines.slice(0, 40), "{", ...lines.slice(40)].join("\n"));
  const { json: listed } = await seamline("runs", "--json");
  assert.deepEqual(
    listed.map(({ number, state }: any) => [number, state]),
    [
      [1, "valid"],
      [2, "invalid"],
      [3, "valid"],
      [4, "incomplete"],
      [7, "unreadable"],
    ],
  );
  assert.deepEqual(listed[1].columnsInvalid, [{ column: "monolith guarded", why: ["dropped"] }]);
  assert.deepEqual(listed[0].faults, ["db-locked:reviews", "crash:reviews"]);
  assert.ok(listed[0].sizeBytes > 100_000);
  const { out } = await seamline("runs", "--lang", "ko");
  assert.match(out, /2 {2}2026-01-01 00:00 {2}board · chapter {2}무효: monolith guarded \(버리거나 늦은 것이 많음\)/);
  await assert.rejects(seamline("compare", "--from", "7"), /events\.ndjson, line 41: it is not JSON/);
});

test("two runs are compared figure by figure, and what they were not alike in is said", async () => {
  const { code, out } = await seamline("runs", "1", "3");
  assert.equal(code, 0);
  assert.match(out, /not made alike[^]*rate +20 → 30/);
  assert.match(out, /\[monolith guarded\] p50 +17\.2 ms \([^)]*\) +117 ms[^\n]*▼ worse/);
  assert.doesNotMatch(out, /\[monolith naive\] p50 /);
  const { changes, madeDifferently } = (await seamline("runs", "1", "3", "--json")).json;
  assert.deepEqual(madeDifferently, ["rate"]);
  assert.ok(changes.some(({ measure, change }: any) => measure.column === "monolith naive" && change === "none"));
});

test("what is not there is refused with what there is, before anything starts", async () => {
  await cp(at("runs", "1"), at("old"), { recursive: true });
  const events = await readFile(at("old", "events.ndjson"), "utf8");
  await writeFile(at("old", "events.ndjson"), events.replace('"version":1', '"version":99'));
  await appendFile(at("words.txt"), "p95 of serch ≤ 300 ms");
  const cases: [Parameters<typeof seamline>, RegExp][] = [
    [["compare"], /APP is missing: .*--from RUN/],
    [["compare", "--from", "9"], /no run at .*9; .* there are 1, 2, 3, 4/],
    [["compare", "--from", at("old")], /recording of version 99; this Seamline reads version 1/],
    [["compare", "--from", "1", "--rate", "9"], /--from .*--rate is for a new run/],
    [["compare", "board", "--from", "1"], /board is for a new run/],
    [["compare", "--from", "1", "--html", at("nowhere", "a.html")], /--html .* cannot be written: /],
    [["compare", "--from", "1", "--hypotheses", at("none.txt")], /--hypotheses .* cannot be read: /],
    [["compare", "--from", "1", "--hypotheses", at("words.txt")], /line 1: "p95 of serch" is neither a figure/],
    [["runs", "1"], /give two runs/],
    [["compare", "bord"], /no app "bord"; did you mean "board"/],
    [["compare", "board", "--columns", "monolith,macro"], /no topology "macro"/],
    [["compare", "board", "--columns", "monolith,monolith-guarded"], /two columns are called "monolith guarded"/],
    [["compare", "board", "--scenario", "chaptr"], /no scenario "chaptr"; it has chapter/],
    [["compare", "board", "--rate", "0"], /--rate "0"/],
    [["compare", "board", "--runs", "few"], /--runs "few"/],
    [["compare", "board", "--fault", "crash"], /write KIND:TARGET/],
    [["compare", "board", "--fault", "crush:comments"], /"crush" is no kind of fault; there are crash/],
    [["compare", "board", "--fault", "crash:coments"], /"coments" is no target; there are /],
    [["compare", "board", "--fault", "latency:edge:sec=1"], /sec.*it has ms \(50\), jitterMs/],
    [["compare", "board", "--hypotheses", at("words.txt")], /"p95 of serch" is neither .*\(home \(the main page/],
  ];
  for (const [words, said] of cases) await assert.rejects(seamline(...words), said, words.join(" "));
});

test("exit codes: 2 for what is not there, 1 for what went wrong, and the report's own", async () => {
  const [none, broken, good] = await Promise.all([
    spawned("compare", "--from", "99"),
    spawned("compare", "--from", at("runs", "1", "samples-1.ndjson")),
    spawned("compare", "--from", "1", "--json"),
  ]);
  assert.deepEqual([none.code, none.out], [2, ""]);
  assert.match(none.err, /^usage: no run at /);
  assert.deepEqual([broken.code, broken.out], [1, ""]);
  assert.match(broken.err, /^recording_invalid: .*line 1: a recording begins with/);
  assert.deepEqual([good.code, JSON.parse(good.out).type], [0, "report"]);
});
