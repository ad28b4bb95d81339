import { SeamlineError } from "../contract/errors.ts";
import { monotonicMs } from "../contract/deadline.ts";
import type { LiveProgress } from "./live.ts";
import { ask, type Scene } from "./scene.ts";
import type { Gate } from "./split.ts";

/** A deployment as the gate of a move, and what it saw. */
export interface LiveGate extends Gate {
  /** How long calls were held, at the longest at a stretch; null: never. */
  readonly pauseMs: number | null;
  /** The most calls that were seen waiting; null: nobody looked in time. */
  readonly held: number | null;
  /** The hold is asked for no more, and ends by itself. May be called twice. */
  end(): void;
}

/** More: a slow call in hand makes others wait, which may have a second only. Less: the fence needs more tries. */
const withinMs = 300;
/** Longer: callers wait for a controller that is gone. Shorter: one that is slow loses its hold in the fence. */
const forMs = 5_000;
/** How often a hold is asked for anew while it lasts, since copying may take longer than `forMs`. */
const againMs = 2_000;

/** @param server where the data goes, by its name */
export function gateOf(scene: Scene, server: string, report: (progress: LiveProgress) => void): LiveGate {
  const { module } = scene;
  let since: number | null = null;
  let pauseMs: number | null = null;
  let held: number | null = null;
  let again: NodeJS.Timeout | undefined;
  let asked: Promise<unknown> = Promise.resolve();
  const askHold = (): Promise<unknown> => (asked = ask(scene, { ask: "hold", module, withinMs, forMs }));
  const hold = async (): Promise<{ left: number }> => {
    if (since === null) report({ step: "gate", point: "holding" });
    since ??= monotonicMs();
    again ??= setInterval(() => void askHold().catch(() => {}), againMs).unref();
    return (await askHold()) as { left: number };
  };
  const end = (): void => {
    clearInterval(again);
    again = undefined;
  };
  const go = async (point: "released" | "moved", waiting: Promise<number | null> | null): Promise<void> => {
    end();
    await asked.catch(() => {}); // or it would hold again what is let go
    await ask(scene, { ask: "release", module });
    if (since === null) return;
    const ms = monotonicMs() - since;
    since = null;
    pauseMs = Math.max(pauseMs ?? 0, ms);
    const seen = (await waiting) ?? null;
    if (seen !== null) held = Math.max(held ?? 0, seen);
    report({ step: "gate", point, ms, held: seen });
  };
  return {
    get pauseMs() {
      return pauseMs;
    },
    get held() {
      return held;
    },
    async hold() {
      // Whoever cannot connect now waits for it then.
      await ask(scene, { ask: "expect", module, server }).catch(() => {});
      const { left } = await hold().catch((error: unknown) => {
        since = null; // nothing is held
        end();
        throw error;
      });
      if (left === 0) return;
      await go("released", null);
      throw new SeamlineError(
        "deadline_exceeded",
        `${left} of its calls, events and steps were still in hand after ${withinMs} ms; find out what is slow there, or move it when less is asked of it`,
      );
    },
    end,
    release: () => go("released", null),
    async moveTo() {
      // Held again, should the time of the hold be over soon, or another controller have asked for it. What is still in
      // hand fails at the closed source.
      if (since === null || monotonicMs() - since > forMs / 2) await hold();
      const waiting = ask(scene, { ask: "waiting", module }).then(Number, () => null);
      await ask(scene, { ask: "place", module, server });
      await go("moved", waiting);
    },
  };
}
