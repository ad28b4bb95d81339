import type { Operation } from "../contract/contract.ts";
import { monotonicMs } from "../contract/deadline.ts";
import type { Log } from "../module/module.ts";
import type { PageContext, Pages } from "../module/pages.ts";
import { startEdge, type EdgeHost, type EdgeOptions, type RequestScope } from "./edge.ts";

/** For the tests of this room: a host over plain async functions, and ports that close when the test ends. */

export interface Seen {
  scope: RequestScope;
  bearer: string;
  key: string;
}

export type Answer = (input: any, seen: Seen) => unknown;

export interface TestHost {
  operations?: readonly (readonly [Operation<any, any, any, any>, Answer])[];
  pages?: readonly Pages[];
  /** What pages get; default: the scope, so that a test can look at it. */
  context?: (pages: Pages, scope: RequestScope) => unknown;
  ports?: Record<string, number>;
  health?: { ready: boolean; parts: Record<string, string> };
  guards?: "guarded" | "naive";
  log?: Log;
}

export interface Line {
  level: string;
  fields: any;
  message: string;
}

export function logInto(lines: Line[]): Log {
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export function hostOf(given: TestHost): EdgeHost {
  const answers = new Map(given.operations ?? []);
  return {
    app: "shop",
    process: "web",
    guards: given.guards ?? "guarded",
    operations: [...answers.keys()],
    pages: given.pages ?? [],
    secret: Buffer.alloc(32, 7),
    call: async (operation, input, scope, bearer, key) => answers.get(operation)!(input, { scope, bearer, key }),
    pageContext: (pages, scope) => (given.context?.(pages, scope) ?? { scope }) as PageContext,
    portOf: (module) => given.ports?.[module] ?? null,
    health: () => given.health ?? { ready: true, parts: { shop: "ready" } },
    log: given.log ?? logInto([]),
  };
}

export interface Running extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  renew(given: TestHost): Promise<void>;
  close(withinMs: number): Promise<void>;
}

/** Any free port; closed by `await using`. */
export async function start(given: TestHost, options: Partial<EdgeOptions> = {}): Promise<Running> {
  const edge = await startEdge(hostOf(given), { port: 0, ...options });
  const close = (withinMs: number): Promise<void> => edge.close(monotonicMs() + withinMs);
  return {
    url: `http://127.0.0.1:${edge.port}`,
    port: edge.port,
    renew: (next) => edge.renew(hostOf(next)),
    close,
    [Symbol.asyncDispose]: () => close(0),
  };
}
