import { z } from "zod";
import { defineKind } from "../faults.ts";
import { canAlways } from "../probe.ts";

/** What can happen on the way between two processes, to a database, or from users. Done by the proxy on that way. */

const where = { targets: ["link", "edge"], can: canAlways } as const;

export const latency = defineKind({
  ...where,
  kind: "latency",
  says: { en: "each round trip takes longer", ko: "왕복 시간이 길어집니다" },
  parameters: z.strictObject({
    ms: z.coerce.number().min(0).max(60_000).default(50),
    /** Of a round trip, at most. */
    jitterMs: z.coerce.number().min(0).max(60_000).default(0),
  }),
  apply: ({ links }, { ms, jitterMs }, deed) => deed.rule(links, { latencyMs: ms, jitterMs: jitterMs / 2 }),
});

export const bandwidth = defineKind({
  ...where,
  kind: "bandwidth",
  says: { en: "bytes pass slowly, each way", ko: "양방향 모두 바이트가 천천히 지나갑니다" },
  parameters: z.strictObject({ kbps: z.coerce.number().min(1).max(10_000_000).default(256) }),
  apply: ({ links }, { kbps }, deed) => deed.rule(links, { bytesPerSecond: (kbps * 1000) / 8 }),
});

export const loss = defineKind({
  ...where,
  kind: "loss",
  says: {
    en: "pieces get lost and come after TCP has sent them again",
    ko: "일부가 사라져 TCP가 다시 보낸 뒤에야 도착합니다",
  },
  parameters: z.strictObject({ share: z.coerce.number().min(0).max(1).default(0.05) }),
  apply: ({ links }, { share }, deed) => deed.rule(links, { loss: share }),
});

export const reset = defineKind({
  ...where,
  kind: "reset",
  says: { en: "connections are broken, and new ones at once", ko: "연결을 끊고, 새 연결도 바로 끊습니다" },
  parameters: z.strictObject({}),
  apply: ({ links }, _, deed) => deed.rule(links, { cut: "reset" }),
});

export const close = defineKind({
  ...where,
  kind: "close",
  says: {
    en: "connections are closed in order, and new ones at once",
    ko: "연결을 정상 종료하고, 새 연결도 바로 닫습니다",
  },
  parameters: z.strictObject({}),
  apply: ({ links }, _, deed) => deed.rule(links, { cut: "close" }),
});

export const blackhole = defineKind({
  ...where,
  kind: "blackhole",
  says: {
    en: "nothing passes and nothing breaks; what was sent comes after the end",
    ko: "아무것도 지나가지 않고 끊기지도 않습니다. 보낸 것은 끝난 뒤에 도착합니다",
  },
  parameters: z.strictObject({}),
  apply: ({ links }, _, deed) => deed.rule(links, { cut: "blackhole" }),
});

export const status = defineKind({
  kind: "status",
  says: { en: "requests are answered with a status, and not by the app", ko: "앱 대신 오류 상태로 답합니다" },
  targets: ["edge"],
  can: canAlways,
  parameters: z.strictObject({
    code: z.coerce.number().int().min(400).max(599).default(503),
    share: z.coerce.number().min(0).max(1).default(1),
    path: z.string().startsWith("/").default("/"),
  }),
  apply: ({ links }, { code, share, path }, deed) => deed.rule(links, { status: { code, share, path } }),
});
