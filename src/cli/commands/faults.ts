import { inColumns } from "../../compare/columns.ts";
import { askControl } from "../../deploy/control-socket.ts";
import { kindsHere, type KindView } from "../../faults/controller.ts";
import type { Fault } from "../../faults/faults.ts";
import { leftOf, named } from "../breaking.ts";
import type { Command } from "../command.ts";
import { runningOn } from "../faulting.ts";
import { resolveApp } from "../resolve.ts";
import type { Terminal } from "../terminal.ts";

interface Seen {
  readonly name: string;
  readonly active: readonly Fault[];
  readonly kinds: readonly KindView[];
}

const askMs = 15_000;

export const command: Command = {
  name: "faults",
  positionals: ["[APP]"],
  flags: { on: { value: "NAME" }, data: { value: "DIR" }, json: {} },
  examples: ["seamline faults", "seamline faults board --on microservices"],
  async run(args, screen) {
    const [word] = args.positionals;
    const app = word === undefined ? null : (await resolveApp(word)).app.name;
    const running = (await runningOn(args)).filter(({ name }) => app === null || name.startsWith(`${app}-`));
    const asked = running.map(async ({ name, control }) => {
      const said = (await askControl(control, { ask: "faults" }, askMs)) as Omit<Seen, "name">;
      return { name, ...said };
    });
    const seen: Seen[] = await Promise.all(asked);
    const machine = seen.length === 1 ? null : await kindsHere();
    if (args.has("json")) screen.json({ deployments: seen, machine });
    else show(seen, machine, screen);
    return 0;
  },
};

function show(seen: readonly Seen[], machine: readonly KindView[] | null, screen: Terminal): void {
  const { out, paint, t } = screen;
  for (const { name, active } of seen) {
    out(paint.bold(name));
    if (active.length === 0) out(`  ${t.faultNone}`);
    for (const fault of active) out(`  ${paint.yellow(t.faultLeft(named(fault), leftOf(fault)))}`);
    out("");
  }
  out(describe(machine ?? seen[0]!.kinds, screen));
}

function describe(kinds: readonly KindView[], { t, paint, language }: Terminal): string {
  const { kind, says, targets, parameters } = t.faultColumns;
  const rows = kinds.map((each) => [
    paint.bold(each.kind),
    each.why === null ? optionsOf(each) : "–",
    each.why === null
      ? `${each.says[language]}${each.code ? ` (${t.faultCode})` : ""}`
      : paint.yellow(t.faultNot(each.why)),
    each.why === null ? strikesOf(each, t) : "",
  ]);
  const here = kinds.flatMap((each) =>
    each.why === null && each.targets.length > 0 ? [`${paint.dim(strikesOf(each, t))}: ${each.targets.join(" ")}`] : [],
  );
  const known = here.length === 0 ? [] : ["", ...new Set(here)];
  return [inColumns([[kind, parameters, says, targets].map(paint.dim), ...rows]), ...known].join("\n");
}

function strikesOf({ strikes }: KindView, t: Terminal["t"]): string {
  return strikes.map((type) => t.faultTargets[type]).join(", ");
}

function optionsOf({ parameters }: KindView): string {
  return Object.entries(parameters)
    .map(([name, value]) => `--${name.replace(/Ms$/, "")} ${String(value)}`)
    .join(" ");
}
