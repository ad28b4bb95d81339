import assert from "node:assert/strict";
import { test } from "node:test";
import { evidence } from "./evidence.ts";
import { figure, number } from "./format.ts";
import { toHtml } from "./html.ts";
import { makeReport } from "./report.ts";
import { sentence } from "./sentences.ts";
import type { Spread } from "./statistics.ts";
import { comparison } from "./testing.ts";
import { toText } from "./text.ts";
import { verdictOf, type Verdict } from "./verdict.ts";
import { warnings } from "./warnings.ts";

const { recording } = comparison();
const report = makeReport(recording);
const [locked, crash] = report.faults;

test("what a fault means follows from four blast radii", () => {
  const at = (value: number, by = 0): Spread => ({ value, min: value - by, max: value + by, n: 3 });
  const cases: [mn: Spread | null, mg: Spread | null, sn: Spread | null, sg: Spread | null, Verdict][] = [
    [at(1), at(1), at(0.25), at(0.25), "split"],
    [at(1), at(0.25), at(1), at(0.25), "guards"],
    [at(1), at(0.5), at(0.5), at(0.2), "both"],
    [at(0.5), at(0.2), at(0.9), at(0.4), "worse"],
    [at(1), at(1), at(1), at(1), "same"],
    [at(0), at(0.009), at(0), at(0), "unfelt"],
    // Ranges that overlap are no difference, however far apart the medians are.
    [at(1), at(0.9, 0.1), at(0.9), at(0.75, 0.1), "same"],
    // Nor is less than one point.
    [at(0.5), at(0.5), at(0.5), at(0.495), "same"],
    [at(1), at(1), null, at(0.25), "split"],
    [at(1), null, at(1), at(0.25), "unknown"],
    [at(1), at(1), at(1), null, "unknown"],
  ];
  for (const [naiveMonolith, guardedMonolith, naiveSplit, guardedSplit, verdict] of cases)
    assert.equal(verdictOf({ naiveMonolith, guardedMonolith, naiveSplit, guardedSplit }), verdict);
});

test("each fault gets a sentence with its figures, in both languages", () => {
  const [about, of] = [sentence(report, locked!), sentence(report, crash!)];
  assert.equal(about.verdict, "guards");
  // reviews weighs 1 of 4: 25 %; the split without guards hung like the monolith.
  assert.match(
    about.en,
    /^Guards helped as much as the split: .*25 % .*25 %.*no difference.*100 %\. The split without guards saved nothing: it lost 100 %/,
  );
  assert.match(about.ko, /^방어가 나누는 것만큼 도움이 되었습니다.*25 %.*차이가 없습니다/);
  assert.equal(of.verdict, "split");
  assert.match(
    of.en,
    /^Only the split helped: microservices lost 25 % of good requests, the monolith 100 % with guards/,
  );
  assert.match(of.en, /served again within 800 ms \(monolith\) and 800 ms \(microservices\)/);
});

test("where the load was invalid or the fault could not be applied, the sentence says that nothing can be said", () => {
  const unwatched = makeReport({ ...recording, generator: [] });
  assert.match(
    sentence(unwatched, unwatched.faults[0]!).en,
    /^Nothing can be said: the load was invalid on monolith naive/,
  );
  const failing = recording.fault.map((line) =>
    line.column === "monolith guarded" ? { ...line, state: "failed" as const, detail: "no right to lock" } : line,
  );
  const window = recording.window.filter(({ column, phase }) => column !== "monolith guarded" || phase === "baseline");
  const failed = makeReport({ ...recording, fault: failing, window });
  assert.match(
    sentence(failed, failed.faults[1]!).en,
    /^Nothing can be said: the fault could not be applied to monolith guarded/,
  );
});

test("where users were not served well without the fault either, nothing is said about it", () => {
  const [first, ...others] = report.columns;
  assert.ok(first !== undefined && first.measured !== "invalid");
  const measured = { ...first.measured, availability: { ...first.measured.availability!, share: 0.5, high: 0.6 } };
  const weak = sentence({ ...report, columns: [{ ...first, measured }, ...others] }, crash!);
  assert.equal(weak.verdict, "unknown");
  assert.match(weak.en, /^Nothing can be said: without the fault, too, requests failed on monolith naive\./);
});

test("of two columns alone the sentence says what they show, and no more", () => {
  const columns = (...names: string[]) => {
    const kept = report.columns.filter(({ name }) => names.includes(name));
    return sentence({ ...report, columns: kept }, crash!);
  };
  const guarded = columns("monolith guarded", "microservices guarded");
  assert.equal(guarded.verdict, "unknown");
  assert.equal(guarded.en, "With guards on both sides the monolith lost 100 % of good requests, microservices 25 %.");
  assert.match(
    columns("monolith naive", "microservices naive").ko,
    /방어를 끈 상태에서 .*모놀리스 100 %, 마이크로서비스 25 %입니다\.$/,
  );
  assert.match(columns("monolith naive").en, /are needed to say what helped/);
});

test("evidence is printed against both sides, and what is no difference as such", () => {
  const against = Map.groupBy(evidence(report), ({ against: side }) => side);
  const lines = (side: "monolith" | "microservices" | "neither") =>
    against
      .get(side)!
      .map(({ en }) => en)
      .join("\n");
  assert.match(lines("monolith"), /crash:reviews: good requests lost 100 % in the monolith, 25 % in microservices/);
  // 3 app processes of 60 MB and a database of 60 against one of each; CPU (3·0.08 + 0.03) / (0.08 + 0.03) = 2.45.
  assert.match(lines("microservices"), /memory \(PSS\): 120 MB in the monolith, 240 MB in microservices \(2\.00×\)/);
  assert.match(lines("microservices"), /CPU per 1,000 good requests: 2\.75 s .* \(2\.45×\)/);
  assert.match(lines("microservices"), /parts to deploy and watch: 1 in the monolith, 3 in microservices/);
  assert.match(lines("neither"), /db-locked:reviews: .*no difference/);
  // Only one rate was tried, so nothing is said about which bears more.
  assert.ok(evidence(report).every(({ en }) => !en.startsWith("throughput")));
});

test("figures are rounded, but never to something else than they mean", () => {
  assert.equal(number(0.99995, "share"), "99.99 %");
  assert.equal(number(1, "share"), "100 %");
  assert.equal(number(-0.0001, "share"), "0.0 %");
  assert.equal(number(0.25, "share"), "25 %");
  assert.equal(number(1234, "ms"), "1.23 s");
  assert.equal(figure({ value: 12, min: 11.8, max: 12.9, n: 3 }, "ms", "en"), "12.0 ms (11.8–12.9)");
  assert.equal(figure({ value: 900, min: 800, max: 1100, n: 3 }, "ms", "en"), "900 ms (800 ms–1.10 s)");
  assert.equal(figure({ value: 5, min: 5, max: 5, n: 1 }, "count", "en"), "5");
  assert.equal(figure("invalid", "ms", "ko"), "무효");
  assert.equal(figure(null, "ms", "ko"), "–");
});

test("the terminal's columns line up where Hangul is two cells wide", () => {
  const lines = toText(report, { language: "ko", definitions: false }).split("\n");
  const begin = lines.findIndex((line) => line.startsWith("장애 중 가용성"));
  const line = (label: string): string => lines.slice(begin).find((each) => each.startsWith(label))!;
  const cellsBefore = (label: string, text: string): number => {
    const before = line(label).slice(0, line(label).indexOf(text));
    return before.length + before.match(/[가-힣]/g)!.length;
  };
  const place = cellsBefore("장애 중 가용성", "monolith naive");
  assert.equal(cellsBefore("첫 화면", "■ 0 %"), place);
  assert.equal(cellsBefore("영향 범위(요청)", "100 %"), place);
});

test("an invalid column shows no number in the terminal", () => {
  const unwatched = makeReport({ ...recording, generator: [] });
  const text = toText(unwatched, { language: "en", definitions: false });
  const p95 = text.split("\n").find((line) => line.startsWith("p95"))!;
  assert.deepEqual(p95.trim().split(/\s+/), ["p95", "invalid", "invalid", "invalid", "invalid"]);
  assert.match(text, /invalid: the generator's loop was not watched/);
});

test("a run that was cut short says so, and what of its record was left out", async () => {
  const cut = makeReport({ ...recording, end: [], torn: ["/somewhere/events.ndjson"] });
  for (const said of [toText(cut, { language: "en", definitions: false }), await toHtml(cut, "en")]) {
    assert.match(said, /did not come to its end; .*\(the recording has no end\)/);
    assert.match(said, /A last line was cut off and is left out: events\.ndjson/);
  }
});

test("a column that did not serve its users well without a fault is named before any figure", async () => {
  const samples = recording.samples.map((each) =>
    each.column === 1 && each.intended % 500 === 0 ? { ...each, outcome: "hung" as const } : each,
  );
  const weak = makeReport({ ...recording, samples });
  const said = /^Without a fault already too few requests were good: monolith guarded 90 %\. /;
  assert.match(warnings(weak, "en")[0]!, said);
  assert.match(toText(weak, { language: "en", definitions: false }), said);
  assert.match(
    await toHtml(weak, "ko"),
    /<p class="warning">장애가 없을 때에도 정상 요청이 너무 적습니다: monolith guarded/,
  );
  assert.deepEqual(warnings(report, "en"), []);
});

test("columns that were measured while other machines took the processors are named; what is not known is not", () => {
  const measured = (taken: number | undefined) =>
    makeReport({ ...recording, generator: recording.generator.map((line) => ({ ...line, taken })) });
  assert.match(
    warnings(measured(0.12), "en")[0]!,
    /^Other machines took a part of this machine's processors: monolith naive 12\.0 %, .* run again/,
  );
  assert.match(warnings(measured(0.12), "ko")[0]!, /^다른 기계가 .* 가져갔습니다: monolith naive 12\.0 %/);
  assert.equal(measured(0.12).columns[0]!.validity.taken?.toFixed(2), "0.12");
  assert.deepEqual(warnings(measured(0.05), "en"), []);
  assert.deepEqual(warnings(measured(undefined), "en"), []);
});

test("every definition and formula is in the text and on the page, in both languages", async () => {
  const page = unescaped(await toHtml(report, "ko"));
  for (const { term, says, formula } of report.definitions)
    for (const language of ["en", "ko"] as const) {
      const text = toText(report, { language, definitions: true });
      for (const part of [term[language], says[language], formula ?? ""]) {
        assert.ok(text.includes(part), part);
        assert.ok(page.includes(part), part);
      }
    }
});

test("the page is one file: no script, nothing from elsewhere, and what others wrote is text", async () => {
  const run = { ...report.run, command: `seamline compare "<script>alert(1)</script>"` };
  const page = await toHtml({ ...report, run }, "en");
  assert.doesNotMatch(page, /<script|<link|<img|\ssrc=|url\(|@import|https?:/i);
  assert.match(page, /&lt;script&gt;alert\(1\)/);
  assert.match(page, /id="lang-en"[^>]*checked/);
  assert.doesNotMatch(page, /id="lang-ko"[^>]*checked/);
});

test("every picture says in words what it shows, and the fault's figures stand in a table beside it", async () => {
  const page = await toHtml(report, "en");
  const pictures = page.match(/<svg[^>]*>/g)!;
  // In two languages: 2 faults × 4 columns × 2 features, and for each column latencies, memory and CPU.
  assert.equal(pictures.length, 2 * (2 * 4 * 2 + 3 * 4));
  for (const picture of pictures) assert.match(picture, /role="img"\s+aria-label="[^"]+"/);
  assert.match(page, /aria-label="monolith guarded, the main page: ● 100\u00a0%"/);
});

function unescaped(page: string): string {
  return page
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll("\u00a0", " ");
}
