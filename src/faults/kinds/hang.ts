import { z } from "zod";
import { defineKind } from "../faults.ts";
import { canStop } from "../probe.ts";
import { running } from "./running.ts";

export const hang = defineKind({
  kind: "hang",
  says: {
    en: "the process is stopped where it is: it keeps its connections and answers nothing",
    ko: "프로세스를 그 자리에 멈춥니다. 연결은 유지하지만 아무것도 답하지 않습니다",
  },
  targets: ["process"],
  parameters: z.strictObject({}),
  can: canStop,
  async apply({ processes }, _, deed) {
    deed.stop(await running(processes, deed));
  },
});
