import { closeServer, lookBefore } from "./moving.ts";
import { tablesOf } from "./catalog.ts";
import { reach } from "./hand.ts";
import { limitsOf } from "./context.ts";
import type { LiveOptions, LivePlan, Wish } from "./live.ts";
import { readRecord, takeMoves } from "./records.ts";
import { lookAt } from "./scene.ts";
import type { Side } from "./split.ts";
import { targetOf } from "./targets.ts";

/** Counting more takes longer than it is worth to who only asks. */
const countedBytes = 256 * 1024 * 1024;
/** Measured on two cores of a small machine: what a move takes beside its rows, and a row of a first copy. */
const measured = { heldMs: 100, copyMs: 200, rowMs: 0.019 };

/**
 * What a move would do, how long it would take, and what would refuse it. Changes nothing and makes nothing; a former
 * home that rests is started to be looked at, and stopped again.
 *
 * @throws SeamlineError `move_refused` where the wish leads nowhere, or while another move is under way; `unavailable`,
 *   `postgres_unreachable`
 */
export async function planMove(options: LiveOptions, wish: Wish): Promise<LivePlan> {
  const { module, method = "replicate" } = options;
  using _ = await takeMoves(options, module); // or it could stop a server that a move has just started
  const scene = await lookAt(options, module);
  const from = scene.here;
  const to = targetOf(scene, wish);
  const begun = await readRecord(options, module, "begun");
  const busy =
    begun === null
      ? []
      : [`a move of module "${module}" is begun and has not ended: see seamline move ${module} --status`];
  try {
    const seen = await lookBefore(options, scene, { from, to, method });
    if (seen === null) return { module, from, to, data: null, rows: null, heldMs: null, copyMs: null, refusals: busy };
    const { found: data, source } = seen;
    const rows = data.bytes > countedBytes ? null : await rowsOf(source, limitsOf(options).answerMs);
    const copyMs = Math.ceil(measured.copyMs + (rows ?? data.rows) * measured.rowMs);
    const heldMs = measured.heldMs + (data.heldMs ?? 0);
    const refusals = [...busy, ...data.problems.map(({ message }) => message)];
    return { module, from, to, data, rows, heldMs, copyMs, refusals };
  } finally {
    if (begun === null && to.server !== from.server) await closeServer(scene, to.server);
  }
}

async function rowsOf(side: Side, answerMs: number): Promise<number> {
  const hand = await reach(side, answerMs);
  try {
    const counts = (await tablesOf(hand)).map(({ full }) => `(select count(*) from ${full})`);
    const [row] = await hand.rows<{ rows: number }>(`select (${["0", ...counts].join(" + ")})::float8 as rows`);
    return row!.rows;
  } finally {
    await hand.close();
  }
}
