import { defaultLimits, type Gate, type Limits, type MoveOptions, type Progress, type Step } from "./split.ts";
import type { Hand } from "./hand.ts";

/** What the steps of a move are given. */
export interface Move {
  readonly options: MoveOptions;
  readonly limits: Limits;
  readonly gate: Gate;
  readonly from: Hand;
  readonly to: Hand;
}

const nobody: Gate = {
  hold: async () => {},
  release: async () => {},
  moveTo: async () => {},
};

export function limitsOf(options: Pick<MoveOptions, "limits">): Limits {
  return { ...defaultLimits, ...options.limits };
}

export function gateOf(options: MoveOptions): Gate {
  return options.gate ?? nobody;
}

const beforeCommit = new Set<Step>(["check", "prepare", "copy", "reverse"]);

/** Tells what was reached. @throws the signal's reason, where the move can still be given up */
export function point(
  { options }: { readonly options: MoveOptions },
  step: Step,
  name: string,
  more: Omit<Progress, "step" | "point"> = {},
): void {
  options.report?.({ step, point: name, ...more });
  if (beforeCommit.has(step)) options.signal?.throwIfAborted();
}
