import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { ColumnSpec, ExperimentProgress } from "../compare/experiment.ts";
import { cellsWide } from "../compare/columns.ts";
import { block } from "./block.ts";
import { terminal, type Terminal } from "./terminal.ts";
import { watch } from "./watching.ts";

/** What a terminal shows of what was written to it: it knows lines, going up, and clearing what is below. */
function shownOn(written: string): string[] {
  const lines = [""];
  let at = 0;
  // oxlint-disable-next-line no-control-regex -- These are what moves and colours on a terminal.
  for (const [token, up] of written.matchAll(/\u001b\[(\d+)A|\u001b\[J|\r|\n|[^\u001b\r\n]+|\u001b\[\d+m/g)) {
    if (up !== undefined) at -= Number(up);
    else if (token === "\u001b[J") lines.splice(at, lines.length, "");
    else if (token === "\n") lines[(at += 1)] ??= "";
    else if (token !== "\r") lines[at] += stripVTControlCharacters(token);
  }
  return lines.slice(0, -1);
}

function screenOf(isTTY: boolean, columns = 60): { stream: PassThrough; written: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns, rows: 10 });
  let all = "";
  stream.on("data", (chunk: Buffer) => (all += chunk.toString()));
  return { stream, written: () => all };
}

test("a block is drawn over itself, and lines printed meanwhile stay above it", () => {
  const { stream, written } = screenOf(true);
  const area = block(stream);
  area.draw(["a 1", "b 1"]);
  area.draw(["a 2", "b 2", "c 2"]);
  area.print("something happened");
  area.draw(["a 3"]);
  assert.deepEqual(shownOn(written()), ["something happened", "a 3"]);
  area.clear();
  area.clear();
  assert.deepEqual(shownOn(written()), ["something happened"]);
});

test("a line of a block never wraps, Hangul and colours included", () => {
  const { stream, written } = screenOf(true, 12);
  block(stream).draw([`\u001b[1m${"가".repeat(20)}\u001b[22m`, "short"]);
  const [long, short] = shownOn(written());
  assert.ok(cellsWide(long!) < 12 && long!.endsWith("…"), long!);
  assert.equal(short, "short");
  assert.ok(written().includes("\u001b[22m"), "the colour ends");
});

const columns = ["monolith naive", "microservices naive"].map((name) => ({ name }) as ColumnSpec);
const moment = { column: "monolith naive", repetition: 0, repetitions: 2, remainingMs: 30_000 } as const;
const load = { column: "monolith naive", sent: 50, good: 45, ended: 50, dropped: 0, late: 0, inFlight: 0 };
const steps: ExperimentProgress[] = [
  { type: "begun", directory: "/runs/1", id: "1", plannedMs: 60_000 },
  { type: "column", column: "microservices naive", state: "ready" },
  { type: "window", number: 3, of: 8, forMs: 2000, ...moment, phase: "fault", fault: "crash:comments" },
  { type: "fault", column: "monolith naive", fault: "crash:comments", state: "applied", detail: "" },
  {
    ...{ type: "load", leftMs: 1000, ...moment, phase: "fault", fault: "crash:comments" },
    load: { ...load, p50Ms: 5, p95Ms: 9, p99Ms: 12 },
  },
  { type: "invalid", column: "monolith naive", why: "loop" },
];

test("an experiment is shown as one block on a terminal, and as lines where there is none", () => {
  const words = terminal("en");
  const drawn = screenOf(true, 100);
  const live = watch({ columns, plannedMs: 60_000 }, false, words, block(drawn.stream));
  for (const step of steps) live.show(step);
  const shown = shownOn(drawn.written());
  assert.match(
    shown[0]!,
    /^ +\d+ s {2}monolith naive: the load generator itself is late, so its figures will not count$/,
  );
  assert.deepEqual(shown.slice(1), [
    "████████████░░░░░░░░░░░░  3/8  about 30 s left",
    "  monolith naive       crash:comments: under the fault 1/2  good 90 %  p95 9.00 ms",
    "  microservices naive  ready",
  ]);
  live.show({ type: "done", complete: true, why: "" });
  assert.equal(shownOn(drawn.written()).length, 1);
  const plain = screenOf(false);
  const lines = watch({ columns, plannedMs: 60_000 }, false, terminal("ko"), block(plain.stream));
  for (const step of steps) lines.show(step);
  assert.deepEqual(
    plain
      .written()
      .split("\n")
      .map((line) => line.replace(/^ *\d+ s {2}/, "")),
    [
      "microservices naive: 준비됨",
      "3/8  monolith naive: crash:comments: 장애 중 1/2",
      "monolith naive: crash:comments 시작",
      "monolith naive: 부하 발생기가 늦어 이 열의 수치는 쓰지 않습니다",
      "",
    ],
  );
});

test("with --json each step is a line for programs, and nothing else is drawn", () => {
  const { stream, written } = screenOf(true);
  const said: unknown[] = [];
  const screen: Terminal = { ...terminal("en"), json: (value) => void said.push(value) };
  const live = watch({ columns, plannedMs: 60_000 }, true, screen, block(stream));
  for (const step of steps) live.show(step);
  assert.deepEqual(said, steps);
  assert.equal(written(), "");
});
