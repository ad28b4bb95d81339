import { z } from "zod";
import { defineKind, type TargetOf } from "../faults.ts";
import type { Deed } from "../deed.ts";
import type { CodeFault, ToInside } from "../inside.ts";
import { canAlways } from "../probe.ts";

/** Faults of code, done by the process to itself because it is told to; see `inside.ts`. */

export const busy = defineKind({
  kind: "busy",
  says: {
    en: "the process computes in a loop and hardly listens",
    ko: "프로세스가 계산을 되풀이하느라 거의 듣지 못합니다",
  },
  targets: ["process"],
  code: true,
  parameters: z.strictObject({
    /** How long it computes before it listens once. */
    ms: z.coerce.number().int().min(1).max(1500).default(200),
  }),
  can: canAlways,
  apply: (target, { ms }, deed) => tell(target, { kind: "busy", ms }, deed),
});

export const memory = defineKind({
  kind: "memory",
  says: {
    en: "the process fills its heap with what it does not need",
    ko: "프로세스가 필요 없는 것으로 힙을 채웁니다",
  },
  targets: ["process"],
  code: true,
  parameters: z.strictObject({ mb: z.coerce.number().int().min(1).max(65_536).default(256) }),
  can: canAlways,
  apply: (target, { mb }, deed) => tell(target, { kind: "memory", mb }, deed),
});

async function tell({ processes }: TargetOf<"process">, fault: CodeFault, deed: Deed): Promise<void> {
  const { id, atMostMs } = deed;
  for (const process of processes) {
    deed.claim(`${fault.kind} in ${process.id}`);
    deed.defer(() => process.tell({ type: "code-fault", do: "end", id } satisfies ToInside));
    process.tell({ type: "code-fault", do: "begin", id, fault, forMs: atMostMs } satisfies ToInside);
  }
}
