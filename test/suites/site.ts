import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { throwAwayDirectory } from "../../src/data/testing.ts";
import { deploy, type Deployment } from "../../src/deploy/deploy.ts";
import { withAnyPorts } from "../../src/deploy/ports.ts";
import type { App } from "../../src/module/app.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { visit, type Visitor } from "./browser.ts";

/** A deployment as people meet it: at an address, in a browser, with processes that die. */

export interface Site extends AsyncDisposable {
  /** Of the pages, such as "http://localhost:41234". */
  readonly url: string;
  /** Of a part that answers HTTP itself. */
  urlOf(part: string): string;
  visitor(options?: BrowserContextOptions & { script?: boolean }): Promise<Visitor>;
  /** Stops everything and brings it up again on the same data. */
  restart(): Promise<void>;
  /** Kills the process with this part, and each that is started in its place, until the result is disposed of. */
  keepDown(part: string): AsyncDisposable;
}

export interface SiteOptions {
  readonly browser: Browser;
  readonly app: App;
  readonly appUrl: string;
  readonly topology: Topology;
  readonly topologyName: string;
  /** Default: any that are free, so that nothing can be in the way. */
  readonly ports?: "any" | "its own";
}

export async function openSite({ browser, ports = "any", topology, ...options }: SiteOptions): Promise<Site> {
  const directory = await throwAwayDirectory();
  const condemned = new Set<string>();
  const up = (): Promise<Deployment> =>
    deploy({
      ...options,
      topology: ports === "any" ? withAnyPorts(topology) : topology,
      directory: join(directory, "state"),
      durable: false,
      onEvent: (event) => {
        if (event.type === "process") killIfCondemned(event.process, condemned);
      },
    });
  let deployment = await up();
  const urlOf = (part: string): string => `http://localhost:${deployment.endpoints().ports[part]!}`;
  const url = (): string => deployment.url!.replace(/\/$/, "");
  return {
    get url() {
      return url();
    },
    urlOf,
    visitor: (more) => visit(browser, url(), more),
    async restart() {
      await deployment.stop();
      deployment = await up();
    },
    keepDown(part) {
      condemned.add(part);
      for (const process of deployment.processes()) killIfCondemned(process, condemned);
      return {
        async [Symbol.asyncDispose]() {
          condemned.delete(part);
          await until(() => deployment.processes().every(({ state }) => state === "ready"));
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await deployment.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function killIfCondemned(
  { modules, pid }: { modules: readonly string[]; pid: number | null },
  condemned: Set<string>,
): void {
  if (pid === null || !modules.some((part) => condemned.has(part))) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

/** Waits for what must become true, and fails where it does not. */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await holds()); await sleep(20))
    if (Date.now() > end) throw new Error(`it never came true: ${String(holds)}`);
}
