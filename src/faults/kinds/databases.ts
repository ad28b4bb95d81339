import { z } from "zod";
import { defineKind } from "../faults.ts";
import { signal } from "../identity.ts";
import { canAlways, canStop } from "../probe.ts";
import { tracing } from "../tracer.ts";
import { server, sessionsOf } from "./running.ts";

/** What can happen to a database server. A target is a module, and means the server that holds its data. */

export const databaseDown = defineKind({
  kind: "db-down",
  says: {
    en: "the database server is killed, and stays down until the end",
    ko: "데이터베이스 서버를 죽이고, 끝날 때까지 살리지 않습니다",
  },
  targets: ["database"],
  parameters: z.strictObject({}),
  can: canAlways,
  async apply({ database }, _, deed) {
    const postmaster = await server(database, deed);
    deed.defer(database.hold());
    const sessions = sessionsOf(postmaster);
    for (const each of [postmaster, ...sessions]) signal(each, "SIGKILL");
  },
});

export const databaseHung = defineKind({
  kind: "db-hung",
  says: {
    en: "the database server is stopped where it is, with all its sessions",
    ko: "데이터베이스 서버를 모든 세션과 함께 그 자리에 멈춥니다",
  },
  targets: ["database"],
  parameters: z.strictObject({}),
  can: canStop,
  async apply({ database }, _, deed) {
    const postmaster = await server(database, deed);
    // First the one that makes the others, so that none is made after they were counted.
    deed.stop([postmaster]);
    deed.stop(sessionsOf(postmaster));
  },
});

export const disk = defineKind({
  kind: "disk",
  says: {
    en: "the database's disk takes long to keep what it is given, or fails",
    ko: "데이터베이스의 디스크가 느려지거나, 쓰기에 실패합니다",
  },
  targets: ["database"],
  parameters: z.strictObject({
    /** What each fsync takes longer. */
    ms: z.coerce.number().min(0).max(10_000).default(100),
    /** Each fsync fails instead. */
    error: z.stringbool().or(z.boolean()).default(false),
  }),
  can: (machine) => machine.tracing(),
  async apply({ database }, { ms, error }, deed) {
    const postmaster = await server(database, deed);
    const pids = [postmaster, ...sessionsOf(postmaster)].map(({ pid }) => pid);
    const what = error ? "error=EIO" : `delay_enter=${Math.round(ms * 1000)}`;
    const tracer = await tracing(pids, `fsync,fdatasync:${what}`);
    deed.defer(() => tracer.stop());
    deed.remember(await deed.own(tracer.pid, "strace"), "SIGINT");
  },
});
