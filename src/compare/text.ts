import { cellsWide, inColumns } from "./columns.ts";
import { evidence } from "./evidence.ts";
import type { Language } from "./format.ts";
import type { Report } from "./report.ts";
import { sentence } from "./sentences.ts";
import { consistencyTable, invariantTable } from "./soundness.ts";
import * as tables from "./tables.ts";
import { warnings } from "./warnings.ts";
import { words } from "./words.ts";

export interface TextOptions {
  readonly language: Language;
  readonly definitions: boolean;
  /** How to write a heading, such as in bold type. Default: as it is. */
  readonly heading?: (text: string) => string;
}

/** A report for the terminal. */
export function toText(report: Report, { language, heading = (text) => text, ...options }: TextOptions): string {
  const t = words[language];
  const part = (title: string, table: tables.Table | null, ...lines: string[]): string[] =>
    table === null ? [] : [[heading(title), ...lines, lines.length > 0 ? "" : [], layOut(table)].flat().join("\n")];
  const faults = report.faults.flatMap((fault) =>
    part(`${t.fault} ${fault.id}`, tables.faultTable(report, fault, language), sentence(report, fault)[language]),
  );
  const against = evidence(report);
  const parts = [
    ...warnings(report, language),
    ...part(t.glance, tables.glanceTable(report, language)),
    ...part(t.validity, tables.validityTable(report, language)),
    ...part(t.baseline, tables.baselineTable(report, language)),
    ...part(t.features, tables.featureTable(report, language)),
    ...faults,
    ...part(t.consistency, consistencyTable(report, language)),
    ...part(t.invariants, invariantTable(report, language)),
    ...part(t.calls, tables.callTable(report, language)),
    ...(against.length === 0 ? [] : [[heading(t.evidence), ...listed(against, language)].join("\n")]),
    ...(options.definitions ? [[heading(t.definitions), ...defined(report, language)].join("\n")] : []),
    ...part(t.made, tables.madeTable(report, language)),
  ];
  return parts.join("\n\n");
}

function listed(against: ReturnType<typeof evidence>, language: Language): string[] {
  const t = words[language];
  const sides = { monolith: t.againstMonolith, microservices: t.againstMicroservices, neither: t.againstNeither };
  return Object.entries(sides).flatMap(([side, title]) => {
    const facts = against.filter((each) => each.against === side);
    return facts.length === 0 ? [] : [`${title}:`, ...facts.map((each) => `  - ${each[language]}`)];
  });
}

function defined({ definitions }: Report, language: Language): string[] {
  return definitions.map(({ term, says, formula }) => {
    const written = formula === undefined ? "" : ` ${formula}.`;
    return `  ${term[language]}:${written} ${says[language]}`;
  });
}

/** With a rule below the head. */
function layOut({ head, rows }: tables.Table): string {
  return inColumns(head.length === 0 ? rows : [head, head.map((cell) => "─".repeat(cellsWide(cell))), ...rows]);
}
