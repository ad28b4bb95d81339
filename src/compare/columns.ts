import { stripVTControlCharacters } from "node:util";

/** Columns side by side, each as wide as its widest cell on a terminal. */
export function inColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cellsWide(cell))));
  const pad = (cell: string, at: number): string => cell + " ".repeat(widths[at]! - cellsWide(cell));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** How many of a terminal's cells a text fills: Hangul and its like fill two, a change of colour none. */
export function cellsWide(text: string): number {
  let cells = 0;
  for (const char of stripVTControlCharacters(text)) cells += wide.test(char) ? 2 : 1;
  return cells;
}
