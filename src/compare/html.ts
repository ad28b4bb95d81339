import { html, raw } from "hono/html";
import { strip, type Html, type Range } from "./charts.ts";
import { evidence, type Evidence } from "./evidence.ts";
import { absent, figure, number, type Language } from "./format.ts";
import { failings, refutedFirst, type Judgement } from "./hypotheses.ts";
import { bars, distributions, glance, key } from "./pictures.ts";
import type { FaultColumn, FaultReport, Report } from "./report.ts";
import { sentence } from "./sentences.ts";
import { consistencyTable, invariantTable } from "./soundness.ts";
import { style } from "./style.ts";
import * as tables from "./tables.ts";
import { whyInvalid } from "./tables.ts";
import type { Timeline } from "./timeline.ts";
import { warnings } from "./warnings.ts";
import { words } from "./words.ts";

/**
 * A report as one page that needs nothing else: no script, no font, no picture from elsewhere. Both languages are in it,
 * and the reader chooses by two radio buttons and a style rule.
 */
export async function toHtml(report: Report, language: Language, judged: readonly Judgement[] = []): Promise<string> {
  const { run } = report;
  const title = `${run.app} · ${run.scenario} · ${words[language].title}`;
  const choice = (lang: Language, name: string): Html =>
    html`<label lang="${lang}"
      ><input type="radio" name="lang" id="lang-${lang}" ${lang === language ? "checked" : ""} />${name}</label
    >`;
  const page = html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <fieldset class="choice" style="border: 0; padding: 0">
          <legend class="soft" style="position: absolute; clip-path: inset(50%)">
            <span lang="ko">언어</span> · Language
          </legend>
          ${choice("ko", "한국어")}${choice("en", "English")}
        </fieldset>
        ${(["ko", "en"] as const).map((lang) => inLanguage(report, judged, lang))}
      </body>
    </html>`;
  // A number and its unit stay on one line.
  return String(await page).replaceAll(/(\d) (?=(%|ms|s|MB)(?!\w))/g, "$1\u00a0");
}

function inLanguage(report: Report, judged: readonly Judgement[], language: Language): Html {
  const t = words[language];
  const { run, faults } = report;
  return html`<main lang="${language}">
    <h1>${t.title}: ${run.app}</h1>
    <p class="soft">
      ${run.scenario} · ${number(run.rate, "perSecond")} · ${run.startedAt.slice(0, 16).replace("T", " ")} UTC<br /><code
        >${run.command}</code
      >
    </p>
    ${warnings(report, language).map((each) => html`<p class="warning">${each}</p>`)}
    <ul class="verdicts">
      ${faults.map((fault) => {
        const said = sentence(report, fault);
        return html`<li class="${said.verdict}">
          <b><a href="#${anchor(fault, language)}">${fault.id}</a></b
          >${said[language]}
        </li>`;
      })}
    </ul>
    ${glance(report, language)} ${hypothesesPart(judged, language)}
    ${faults.map((fault) => faultPart(report, fault, language))} ${baselinePart(report, language)}
    ${section(t.consistency, consistencyTable(report, language))}
    ${section(t.invariants, invariantTable(report, language))} ${evidencePart(evidence(report), language)}
    ${section(t.validity, tables.validityTable(report, language))}
    <h2>${t.definitions}</h2>
    <dl>
      ${report.definitions.map(({ term, says, formula }) => {
        const written = formula === undefined ? "" : html`<code>${formula}</code>`;
        return html`<dt>${term[language]}</dt>
          <dd>${says[language]}${written}</dd>`;
      })}
    </dl>
    ${section(t.made, tables.madeTable(report, language))}
  </main>`;
}

/** The refuted ones come first. */
function hypothesesPart(judged: readonly Judgement[], language: Language): Html | string {
  if (judged.length === 0) return "";
  const t = words[language];
  const item = (judgement: Judgement): Html => {
    const { hypothesis, holds } = judgement;
    return html`<li class="${holds ? "guards" : "worse"}">
      <b>${holds ? "✓" : "✗"} ${hypothesis.text}</b>${holds ? t.holds : failings(judgement, language).join(" · ")}
    </li>`;
  };
  return html`<h2>${t.hypotheses}</h2>
    <ul class="verdicts tight">
      ${refutedFirst(judged).map(item)}
    </ul>`;
}

function anchor({ id }: FaultReport, language: Language): string {
  return `${language}-${id.replaceAll(/[^\w-]/g, "-")}`;
}

function section(title: string, table: tables.Table | null): Html | string {
  return table === null
    ? ""
    : html`<h2>${title}</h2>
        ${tableOf(table)}`;
}

function tableOf({ head, rows }: tables.Table): Html {
  const headings =
    head.length === 0
      ? ""
      : html`<thead>
          <tr>
            ${head.map((cell) => html`<th scope="col">${cell}</th>`)}
          </tr>
        </thead>`;
  const row = ([first, ...cells]: readonly string[]): Html =>
    html`<tr>
      <th scope="row">${first}</th>
      ${cells.map((cell) => html`<td>${cell}</td>`)}
    </tr>`;
  return html`<div class="scroll" tabindex="0">
    <table ${head.length === 0 ? raw('class="facts"') : ""}>
      ${headings}
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>
  </div>`;
}

function twin(title: string, table: tables.Table, open = false): Html {
  return html`<details ${open ? "open" : ""}>
    <summary>${title}</summary>
    ${tableOf(table)}
  </details>`;
}

function faultPart(report: Report, fault: FaultReport, language: Language): Html {
  const t = words[language];
  const keys = { good: t.good, degraded: t.degraded, bad: t.bad, window: t.fault };
  const range = rangeOf(fault);
  return html`<h2 id="${anchor(fault, language)}">${t.fault}: ${fault.id}</h2>
    <p class="soft">${t.strip}</p>
    ${key(keys, `■ ${t.affected}`)}
    <div class="cards">${fault.columns.map((column) => card(report, column, range, language))}</div>
    ${twin(`${fault.id}: ${t.table}`, tables.faultTable(report, fault, language), true)}`;
}

/** All columns beside each other have the same axis. */
function rangeOf({ columns }: FaultReport): Range {
  const known = columns.flatMap(({ harm }) => (harm === "invalid" ? [] : (harm.timeline ?? [])));
  return {
    fromMs: Math.min(0, ...known.map(({ fromMs }) => fromMs)),
    toMs: Math.max(1, ...known.map(({ fromMs, binMs, bins }) => fromMs + bins * binMs)),
  };
}

/** What one column's users felt. */
function card(
  { run, columns }: Report,
  { column, harm, failed, repetitions }: FaultColumn,
  range: Range,
  language: Language,
): Html {
  const t = words[language];
  const { why: distrust } = columns.find(({ name }) => name === column)!.validity;
  const why =
    repetitions === 0 && failed.length > 0
      ? `${t.failed}: ${failed.join("; ")}`
      : harm === "invalid"
        ? t.invalid
        : null;
  if (harm === "invalid" || why !== null)
    return html`<figure class="card">
      <figcaption><b>${column}</b><strong>${why}</strong></figcaption>
      <p class="soft">${whyInvalid(distrust, language)}</p>
    </figure>`;
  const { timeline, byFeatures, byRequests, features } = harm;
  const affected = features.filter((each) => each.affected).length;
  const rows = features.map(({ feature, fault, affected: isHarmed }) => {
    const says = run.features.find(({ name }) => name === feature)!.says[language];
    const value = `${isHarmed ? "■" : "●"} ${number(fault.share, "share")}`;
    const picture =
      timeline === null ? html`<span></span>` : strip(timeline, feature, `${column}, ${says}: ${value}`, range);
    return html`<span>${says}</span>${picture}<span>${value}</span>`;
  });
  return html`<figure class="card">
    <figcaption>
      <b>${column}</b>
      <span
        ><span class="soft">${t.byRequests}</span>
        <strong>${byRequests === null ? absent : number(byRequests.value, "share")}</strong></span
      >
    </figcaption>
    <div class="rows">
      ${rows}<span></span>${timeline === null ? html`<span></span>` : timeAxis(timeline, range, t.seconds)}<span></span>
    </div>
    <p class="soft">
      ${t.byFeatures}: ${byFeatures === null ? absent : `${affected}/${features.length}`} · ${t.recovery}:
      ${figure(harm.recoveryMs, "ms", language)}
    </p>
  </figure>`;
}

function timeAxis({ healedMs }: Timeline, { fromMs, toMs }: Range, label: string): Html {
  // Two labels side by side need about a tenth of the width.
  const room = (toMs - fromMs) / 10;
  const inner = [0, healedMs].filter((ms, at) => ms - fromMs > room && toMs - ms > room && (at === 0 || ms > room));
  const ticks = [fromMs, ...inner, toMs];
  return html`<div class="axis" title="${label}">
    ${ticks.map((ms) => html`<span style="left: ${(((ms - fromMs) / (toMs - fromMs)) * 100).toFixed(1)}%">${seconds(ms)}</span>`)}
  </div>`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).replace(/\.0$/, "")} s`;
}

function baselinePart(report: Report, language: Language): Html {
  const t = words[language];
  const measured = report.columns.map(({ name, measured: figures }) => ({ name, figures }));
  return html`<h2>${t.baseline}</h2>
    <h3>${t.distribution}</h3>
    ${distributions(report, language)}
    <h3>${t.memory}</h3>
    ${key({ app: t.app, database: t.database })} ${bars(measured, ({ cost }) => cost.memoryBytes, "bytes", language)}
    <h3>${t.cpu}</h3>
    ${bars(measured, ({ cost }) => cost.cpuSeconds, "seconds", language)}
    ${twin(`${t.baseline}: ${t.table}`, tables.baselineTable(report, language), true)}
    ${twin(t.features, tables.featureTable(report, language))} ${callsTwin(report, language)}`;
}

function callsTwin(report: Report, language: Language): Html | string {
  const table = tables.callTable(report, language);
  return table === null ? "" : twin(words[language].calls, table);
}

function evidencePart(against: readonly Evidence[], language: Language): Html | string {
  if (against.length === 0) return "";
  const t = words[language];
  const sides = { monolith: t.againstMonolith, microservices: t.againstMicroservices, neither: t.againstNeither };
  const side = ([name, title]: [string, string]): Html | string => {
    const facts = against.filter((each) => each.against === name);
    if (facts.length === 0) return "";
    return html`<section>
      <h3>${title}</h3>
      <ul>
        ${facts.map((fact) => html`<li>${fact[language]}</li>`)}
      </ul>
    </section>`;
  };
  return html`<h2>${t.evidence}</h2>
    <div class="sides">${Object.entries(sides).map(side)}</div>`;
}
