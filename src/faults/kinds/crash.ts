import { z } from "zod";
import { defineKind } from "../faults.ts";
import { signal } from "../identity.ts";
import { canAlways } from "../probe.ts";

export const crash = defineKind({
  kind: "crash",
  says: {
    en: "the process is killed, and stays down until the end",
    ko: "프로세스를 죽이고, 끝날 때까지 살리지 않습니다",
  },
  targets: ["process"],
  parameters: z.strictObject({}),
  can: canAlways,
  async apply({ processes }, _, deed) {
    for (const process of processes) {
      deed.claim(process.id);
      deed.defer(process.hold());
      if (process.pid !== null) signal(await deed.own(process.pid, process.id), "SIGKILL");
    }
  },
});
