import { html } from "hono/html";
import { bar, decades, distribution, type Html } from "./charts.ts";
import { absent, figure, number, type Language, type Unit } from "./format.ts";
import type { Measured, Report } from "./report.ts";
import { glanceTable } from "./tables.ts";
import type { Spread } from "./statistics.ts";
import { words } from "./words.ts";

/** Pictures of a report's page with their labels, one row a column. */

export function key(of: Readonly<Record<string, string>>, more = ""): Html {
  return html`<ul class="key">
    ${Object.entries(of).map(([name, text]) => html`<li><i class="k-${name}"></i>${text}</li>`)}
    ${more === "" ? "" : html`<li>${more}</li>`}
  </ul>`;
}

/** What counts most, with a bar in each cell. */
export function glance(report: Report, language: Language): Html {
  const { head, rows, shares } = glanceTable(report, language);
  const cell = (text: string, row: number, at: number): Html => {
    const share = shares[row]![at] ?? null;
    const width = share === null ? "" : html`<i style="width: ${(share * 100).toFixed(1)}%"></i>`;
    return html`<td>${text}<span class="meter">${width}</span></td>`;
  };
  const line = ([first, ...cells]: readonly string[], row: number): Html =>
    html`<tr class="${row < report.faults.length ? "loss" : "cost"}">
      <th scope="row">${first}</th>
      ${cells.map((text, at) => cell(text, row, at))}
    </tr>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${words[language].glance}">
    <table class="glance">
      <thead>
        <tr>
          <td></td>
          ${head.slice(1).map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(line)}
      </tbody>
    </table>
  </div>`;
}

export function distributions({ columns }: Report, language: Language): Html {
  const t = words[language];
  const known = columns.flatMap(({ measured }) => (measured === "invalid" ? [] : [measured.latency.histogram]));
  const [from, to] = decades(known);
  const rows = columns.map(({ name, measured }) => {
    if (measured === "invalid") return html`<span>${name}</span><span></span><span>${t.invalid}</span>`;
    const { p50, p95, p99, histogram } = measured.latency;
    const text = [p50, p95, p99].map((each) => (each === null ? absent : number(each.value, "ms"))).join(" · ");
    return html`<span>${name}</span>${distribution(histogram, [from, to], `${name}: p50, p95, p99 ${text}`)}<span
        >${text}</span
      >`;
  });
  const ticks = Array.from({ length: to - from + 1 }, (_, at) => at);
  const axis = html`<div class="axis">
    ${ticks.map((at) => html`<span style="left: ${((at / (to - from)) * 100).toFixed(1)}%">${decade(from + at)}</span>`)}
  </div>`;
  return html`<div class="rows wide">${rows}<span></span>${axis}<span class="soft">p50 · p95 · p99</span></div>`;
}

function decade(exponent: number): string {
  const ms = 10 ** exponent;
  return ms >= 1000 ? `${ms / 1000} s` : `${Number(ms.toPrecision(1))} ms`;
}

interface Parts {
  readonly app: Spread | null;
  readonly database: Spread | null;
  readonly total: Spread | null;
}

export function bars(
  columns: readonly { readonly name: string; readonly figures: Measured | "invalid" }[],
  of: (measured: Measured) => Parts,
  unit: Unit,
  language: Language,
): Html {
  const parts = columns.map(({ name, figures }) => ({ name, parts: figures === "invalid" ? figures : of(figures) }));
  const most = Math.max(0, ...parts.map((each) => (each.parts === "invalid" ? 0 : (each.parts.total?.value ?? 0))));
  const rows = parts.map(({ name, parts: figures }) => {
    if (figures === "invalid") return html`<span>${name}</span><span></span><span>${words[language].invalid}</span>`;
    const text = figure(figures.total, unit, language);
    const picture = bar(figures.app?.value ?? 0, figures.database?.value ?? 0, most, `${name}: ${text}`);
    return html`<span>${name}</span>${picture}<span>${text}</span>`;
  });
  return html`<div class="rows wide">${rows}</div>`;
}
