import { isAbsence } from "../contract/errors.ts";
import type { RequestScope } from "../edge/edge.ts";
import type { PageContext } from "../module/pages.ts";
import type { ContextClass } from "./context-class.ts";
import { cancelled, deadlineIn, rootContext, type CallContext } from "./context.ts";
import type { Runtime } from "./runtime.ts";
import { traceIdOf, type Origin } from "./trace.ts";

/** The contexts of pages and of the edge: where the calls of an HTTP request begin. */

/** The context of one request: a root, whose calls are stopped when the client goes away. */
export function requestContext(
  runtime: Runtime,
  Context: ContextClass,
  from: string,
  scope: RequestScope,
  origin: Origin = anonymous(scope),
  deadline: number = deadlineIn(scope.deadlineMs, runtime.guarded),
): CallContext {
  const context = rootContext(Context, from, deadline, origin, "");
  const { signal } = scope;
  const stop = (): void => context.stop(cancelled(null, context.traceId));
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop, { once: true });
  return context;
}

export function anonymous(scope: RequestScope): Origin {
  return { traceId: traceIdOf(scope.traceparent), user: null, identity: "" };
}

/** What a page is given: a request's context with `as` and `part`. */
export function pageContext(
  runtime: Runtime,
  Context: ContextClass,
  pages: string,
  scope: RequestScope,
  origin?: Origin,
  deadline?: number,
): PageContext {
  const context = requestContext(runtime, Context, pages, scope, origin, deadline);
  const additions: Pick<PageContext, "as" | "part"> = {
    as(token) {
      const identity = token ?? "";
      const user = runtime.identities.check(identity);
      const origin = { traceId: context.traceId, user, identity };
      return pageContext(runtime, Context, pages, scope, origin, context.deadline);
    },
    async part(name, call, fallback) {
      try {
        return await call();
      } catch (error) {
        if (!runtime.guarded || !isAbsence(error)) throw error;
        scope.degraded(name);
        return fallback(error);
      }
    },
  };
  return Object.assign(context, additions) as unknown as PageContext;
}
