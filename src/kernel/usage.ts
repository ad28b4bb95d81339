import type { ProcessStatus } from "./control.ts";

/** What this process takes of the machine. */
export function usage(): Pick<ProcessStatus, "pid" | "rssBytes" | "cpuMs"> {
  const { user, system } = process.cpuUsage();
  return { pid: process.pid, rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
}
