import { writeSync } from "node:fs";
import { move } from "../move.ts";
import type { MoveOptions } from "../split.ts";
import { definition } from "./notes.ts";

/** A mover in a process of its own that tells its points, and at one of them kills or freezes itself. */
const { options, at, signal } = JSON.parse(process.argv[2]!) as {
  options: MoveOptions;
  at: string;
  signal: NodeJS.Signals;
};

await move({
  ...options,
  definition,
  report: ({ step, point }) => {
    const here = `${step}.${point}`;
    writeSync(1, `${here}\n`);
    if (here === at) process.kill(process.pid, signal);
  },
});
