/** A reporter of `node:test` for scripts/test.mjs: one JSON line for each finished test. */
import { inspect } from "node:util";

export default async function* reporter(source) {
  const path = [];
  for await (const { type, data } of source) {
    if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    path.splice(data.nesting, Infinity, data.name);
    const error = data.details.error;
    // A suite or a test that failed only because of what is inside it says nothing new.
    if (data.details.type === "suite" || error?.failureType === "subtestsFailed") {
      if (type === "test:pass" || error?.failureType === "subtestsFailed") continue;
    }
    const state = data.skip === undefined && data.todo === undefined ? type.slice(5) : "skip";
    const reason = data.skip ?? data.todo;
    yield `${JSON.stringify({
      state,
      name: path.join(" › "),
      reason: typeof reason === "string" ? reason : "",
      error: type === "test:fail" ? inspect(error.cause ?? error, { depth: 6 }) : "",
    })}\n`;
  }
}
