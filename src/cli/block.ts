import type { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { cellsWide } from "../compare/columns.ts";

/**
 * Some lines at the end of a terminal that are drawn over themselves, while others may be printed above them. Where there
 * is no terminal nothing is drawn, and what is printed are plain lines.
 */
export interface Block {
  readonly draws: boolean;
  draw(lines: readonly string[]): void;
  print(line: string): void;
  /** Takes the block away. May be called twice. */
  clear(): void;
}

type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export function block(stream: Screen = process.stderr): Block {
  const draws = stream.isTTY === true && process.env["TERM"] !== "dumb";
  let shown: readonly string[] = [];
  const back = (): string => (shown.length === 0 ? "" : `\u001b[${shown.length}A\r\u001b[J`);
  const put = (above: string, lines: readonly string[]): void => {
    // A line that wraps, or a block higher than the terminal, could not be drawn over.
    const [width, height] = [(stream.columns || 80) - 1, Math.max(1, (stream.rows || 24) - 1)];
    const next = lines.slice(0, height).map((line) => cut(line, width));
    stream.write(`${back()}${above}${next.map((line) => `${line}\n`).join("")}`);
    shown = next;
  };
  return {
    draws,
    draw: (lines) => (draws ? put("", lines) : undefined),
    print: (line) => put(`${line}\n`, shown),
    clear: () => (shown.length > 0 ? put("", []) : undefined),
  };
}

/** As much of a text as fits into so many of a terminal's cells, with its colours. */
function cut(text: string, cells: number): string {
  if (cellsWide(text) <= cells) return text;
  let [taken, wide] = ["", 0];
  // oxlint-disable-next-line no-control-regex -- These are what colours a terminal.
  for (const [part] of text.matchAll(/\u001b\[\d+m|[^\u001b]/gu)) {
    if (stripVTControlCharacters(part) === "") taken += part;
    else if ((wide += cellsWide(part)) < cells) taken += part;
  }
  return `${taken}…`;
}
