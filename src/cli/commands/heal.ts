import { askControl } from "../../deploy/control-socket.ts";
import type { Fault } from "../../faults/faults.ts";
import { named } from "../breaking.ts";
import type { Command } from "../command.ts";
import { theOneOn } from "../faulting.ts";

const healMs = 30_000;

export const command: Command = {
  name: "heal",
  positionals: ["[ID]"],
  flags: { on: { value: "NAME" }, data: { value: "DIR" }, json: {} },
  examples: ["seamline heal", "seamline heal f3 --on microservices"],
  async run(args, screen) {
    const { control, name } = await theOneOn(args, screen);
    const healed = (await askControl(control, { ask: "heal", id: args.positionals[0] ?? null }, healMs)) as Fault[];
    if (args.has("json")) screen.json({ type: "healed", deployment: name, healed });
    else if (healed.length === 0) screen.out(screen.t.faultNone);
    else for (const fault of healed) screen.out(screen.t.faultHealed(named(fault)));
    return 0;
  },
};
