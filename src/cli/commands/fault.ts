import { setTimeout as sleep } from "node:timers/promises";
import { SeamlineError } from "../../contract/errors.ts";
import { askControl } from "../../deploy/control-socket.ts";
import type { Fault } from "../../faults/faults.ts";
import type { Args } from "../args.ts";
import { leftOf, named, seconds } from "../breaking.ts";
import type { Command } from "../command.ts";
import { readDuration } from "../durations.ts";
import { theOneOn } from "../faulting.ts";
import { interrupts } from "../interrupts.ts";
import type { Messages } from "../messages/en.ts";
import type { Terminal } from "../terminal.ts";

/** Options that are parameters of a kind, by the parameter's name. */
const numbers = {
  ms: "ms",
  jitter: "jitterMs",
  share: "share",
  period: "periodMs",
  kbps: "kbps",
  code: "code",
  mb: "mb",
};
const words = { path: "path", error: "error" };

/** Applying may have to wait for sessions of a database. */
const applyMs = 30_000;
const lookEveryMs = 250;

export const command: Command = {
  name: "fault",
  positionals: ["KIND", "TARGET"],
  flags: {
    for: { value: "6s" },
    on: { value: "NAME" },
    ms: { value: "N" },
    jitter: { value: "N" },
    share: { value: "0.2" },
    period: { value: "N" },
    kbps: { value: "N" },
    code: { value: "503" },
    path: { value: "/PATH" },
    mb: { value: "N" },
    error: { value: "true|false", oneOf: ["true", "false"] },
    data: { value: "DIR" },
    json: {},
  },
  examples: [
    "seamline fault crash comments --for 6s",
    "seamline fault latency 'web>board' --ms 50 --on microservices",
    "seamline fault db-locked board --for 10s --on monolith",
    "seamline fault status edge --code 503 --share 0.1",
  ],
  async run(args, screen) {
    const { t } = screen;
    const [kind, target] = args.positionals;
    const forMs = readDuration("for", args.value("for") ?? "10s", t);
    const parameters = parametersOf(args, t);
    const { control, name } = await theOneOn(args, screen);
    using interrupted = interrupts();
    const asked = { ask: "fault", kind, target, forMs, parameters };
    const fault = (await askControl(control, asked, applyMs)) as Fault;
    say({ state: "applied", fault, deployment: name }, t.faultApplied(named(fault), seconds(forMs)), args, screen);
    try {
      await untilHealed(control, fault, interrupted.signal, args, screen);
    } finally {
      if (interrupted.signal.aborted) await heal(control, fault);
    }
    say({ state: "healed", fault, deployment: name }, t.faultHealed(named(fault)), args, screen);
    return interrupted.signal.aborted ? 130 : 0;
  },
};

function parametersOf(args: Args, t: Messages): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [flag, parameter] of Object.entries(numbers) as [keyof typeof numbers, string][]) {
    const value = args.value(flag);
    if (value === undefined) continue;
    if (!Number.isFinite(Number(value))) throw new SeamlineError("usage", t.numberInvalid(`--${flag}`, value));
    given[parameter] = Number(value);
  }
  for (const flag of Object.values(words) as (keyof typeof words)[]) if (args.has(flag)) given[flag] = args.value(flag);
  return given;
}

function say(news: object, text: string, args: Args, { json, note }: Terminal): void {
  if (args.has("json")) json({ type: "fault", ...news });
  else note(text);
}

/** Shows how much is left, on one line where there is a terminal. */
async function untilHealed(
  control: string,
  fault: Fault,
  signal: AbortSignal,
  args: Args,
  { t, paint }: Terminal,
): Promise<void> {
  const shows = process.stderr.isTTY && !args.has("json");
  try {
    while (!signal.aborted && (await isActive(control, fault))) {
      if (shows) process.stderr.write(`\r\u001b[K${paint.dim(t.faultLeft(named(fault), leftOf(fault)))}`);
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    if (shows) process.stderr.write("\r\u001b[K");
  }
}

async function isActive(control: string, { id }: Fault): Promise<boolean> {
  const { active } = (await askControl(control, { ask: "faults" })) as { active: Fault[] };
  return active.some((each) => each.id === id);
}

/** It may have ended by itself in this moment. */
async function heal(control: string, fault: Fault): Promise<void> {
  await askControl(control, { ask: "heal", id: fault.id }, applyMs).catch(async (error: unknown) => {
    if (await isActive(control, fault)) throw error;
  });
}
