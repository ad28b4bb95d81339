import type { Operation } from "../contract/contract.ts";
import { transportError } from "../contract/errors.ts";
import type { EdgeHost, RequestScope } from "../edge/edge.ts";
import type { App } from "../module/app.ts";
import type { PageContext, Pages } from "../module/pages.ts";
import type { ContextClass } from "./context-class.ts";
import type { CallContext } from "./context.ts";
import { bindOperation } from "./operation.ts";
import { anonymous, requestContext } from "./pages.ts";
import type { Runtime } from "./runtime.ts";
import type { Seam } from "./seam.ts";
import type { Origin } from "./trace.ts";

/** Who makes the calls of a contract's own HTTP routes. */
export const edge = "edge";

export interface GatewayOptions {
  readonly app: App;
  readonly name: string;
  readonly runtime: Runtime;
  readonly guards: "guarded" | "naive";
  readonly operations: readonly Operation[];
  readonly pages: readonly Pages[];
  readonly secret: Buffer;
  readonly Context: ContextClass;
  readonly seam: (to: string) => Seam;
  readonly pageContext: (pages: Pages, scope: RequestScope) => PageContext;
  readonly portOf: (module: string) => number | null;
  readonly health: () => Readonly<Record<string, string>>;
}

/** The process as its HTTP port sees it. Requests are calls like any other, made by "edge" for whoever sent them. */
export function createGateway(options: GatewayOptions): EdgeHost {
  const { app, name, runtime, guards, operations, pages, secret, Context, pageContext, portOf, health } = options;
  const call: EdgeHost["call"] = async (operation, input, scope, bearer, key) => {
    let context = requestContext(runtime, Context, edge, scope);
    if (bearer !== "") {
      const origin = await originOf(options, bearer, context, scope, operation);
      context = requestContext(runtime, Context, edge, scope, origin, context.deadline);
    }
    const seam = options.seam(operation.module);
    return seam.invoke(seam, context, bindOperation(operation), input, key === "" ? undefined : { key });
  };
  return {
    app: app.name,
    process: name,
    guards,
    operations: operations.filter(({ http }) => http !== null),
    pages,
    secret,
    call,
    pageContext,
    portOf,
    health: () => ({ ready: true, parts: { ...health() } }),
    log: runtime.log,
  };
}

/** Turns a session token into a user, by the app's identity operation. */
async function originOf(
  { app, runtime, seam: seamTo }: GatewayOptions,
  token: string,
  context: CallContext,
  scope: RequestScope,
  operation: Operation,
): Promise<Origin> {
  const name = `${operation.module}.${operation.name}`;
  const refuse = (why: string): never => {
    throw transportError("denied", `${name}: ${why}`, { operation: name, traceId: context.traceId });
  };
  const { identity } = app;
  if (identity === null) return refuse("this app knows no session tokens; leave the Authorization header out");
  const seam = seamTo(identity.module);
  const session = (await seam.invoke(seam, context, bindOperation(identity), { token })) as { identity: string } | null;
  if (session === null) return refuse("the session token is unknown or has ended; sign in again");
  const user = runtime.identities.check(session.identity);
  return { ...anonymous(scope), traceId: context.traceId, user, identity: session.identity };
}
