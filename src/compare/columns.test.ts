import assert from "node:assert/strict";
import { test } from "node:test";
import { inColumns } from "./columns.ts";

test("columns stay in line under Hangul, and under colours", () => {
  assert.equal(
    inColumns([
      ["게시판", "x"],
      ["\u001b[1mab\u001b[22m", "y"],
    ]),
    "게시판  x\n\u001b[1mab\u001b[22m      y",
  );
});
