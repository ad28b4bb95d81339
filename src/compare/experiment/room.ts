import { statfs } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, resolve } from "node:path";
import { SeamlineError } from "../../contract/errors.ts";
import { startLoad } from "../../load/load.ts";
import { number } from "../format.ts";
import { isTooMuch, loopLimitMs } from "../validity.ts";
import type { ExperimentOptions } from "./options.ts";
import { longestRecoveryMs, serversOf, turnMs } from "./plan.ts";
import type { Prepared } from "./prepare.ts";

/** Whether this machine has what an experiment needs: room on its disk, and a generator that keeps up. */

/** Of an empty server with its log of changes, and of what an experiment adds. */
const serverBytes = 120 * 1024 * 1024;
const spareBytes = 200 * 1024 * 1024;
/** Of a request in the recording, on average less. */
const sampleBytes = 120;

/** @throws SeamlineError `recording_failed` with what is free and what is needed */
export async function assertDisk(options: ExperimentOptions): Promise<void> {
  const { app, columns, rate, repetitions, runs } = options;
  const servers = columns.reduce((sum, { topology }) => sum + serversOf(app, topology.data), 0);
  const requests = (rate * columns.length * repetitions * longestTurnMs(options)) / 1000;
  const needed = spareBytes + servers * serverBytes + requests * sampleBytes;
  const { bavail, bsize } = await statfs(await existing(resolve(runs)));
  const free = bavail * bsize;
  if (free < needed)
    throw new SeamlineError(
      "recording_failed",
      `${runs}: ${number(free, "bytes")} are free, and ${servers} database servers with their recording may need ` +
        `${number(needed, "bytes")}. Make room, or take fewer columns`,
      { data: { path: runs, free, needed } },
    );
}

function longestTurnMs(options: ExperimentOptions): number {
  const { faults, windows } = options;
  return turnMs(options) + faults.length * (longestRecoveryMs(windows) - windows.recoveryMs);
}

/** Of a directory that may not be there yet, the nearest that is. */
async function existing(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const there = await statfs(at).then(
      () => true,
      () => false,
    );
    if (there || at === dirname(at)) return at;
  }
}

/** Up to so many a second any machine sends; beyond it is tried out. */
const surelyPerSecond = 300;
const trialMs = 1500;

/** Sends at the rate for a moment, to a server that answers nothing. @throws SeamlineError `usage` */
export async function assertRate({ appUrl, scenario, rate }: ExperimentOptions, prepared: Prepared): Promise<void> {
  if (rate <= surelyPerSecond) return;
  const server = createServer((_request, response) => response.end());
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { features, size } = prepared;
  const load = await startLoad({ appUrl, scenario, size, columns: [{ name: "trial", url }], features, hangMs: 5000 });
  try {
    const { columns, generator } = await load.window({
      ...{ id: "trial", columns: ["trial"], forMs: trialMs, rate, seed: "trial" },
    });
    const { offered, late, features: each } = columns[0]!;
    const lost = late + each.reduce((sum, { outcomes }) => sum + outcomes.dropped, 0);
    if (isTooMuch(lost, offered) || generator.loopP99Ms > loopLimitMs)
      throw new SeamlineError(
        "usage",
        `${rate} requests/s are more than this machine can send in time: of ${offered} requests ${lost} were late or ` +
          `dropped, and the generator's own delay was ${number(generator.loopP99Ms, "ms")}. Lower the rate`,
        { data: { rate, offered, lost } },
      );
  } finally {
    await load.stop();
    server.closeAllConnections();
    server.close();
  }
}
