import { z } from "zod";
import { defineKind } from "../faults.ts";
import { canStop } from "../probe.ts";
import { running } from "./running.ts";

export const cpu = defineKind({
  kind: "cpu",
  says: {
    en: "the process gets only a share of a processor, as beside a greedy neighbour",
    ko: "욕심 많은 이웃이 있는 것처럼 프로세스가 CPU 시간의 일부만 받습니다",
  },
  targets: ["process"],
  parameters: z.strictObject({
    share: z.coerce.number().min(0.01).max(0.99).default(0.2),
    /** Longer pauses are noticed by single requests, shorter ones cost signals. */
    periodMs: z.coerce.number().int().min(10).max(1000).default(100),
  }),
  can: canStop,
  async apply({ processes }, { share, periodMs }, deed) {
    await deed.beat(await running(processes, deed), share, periodMs);
  },
});
