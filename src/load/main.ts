import { writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { SeamlineError } from "../contract/errors.ts";
import { Generator } from "./generator.ts";
import type { FromGenerator, ToGenerator } from "./plan.ts";

/**
 * A process that pretends to be users. It has its own processor time and its own event loop, so that neither the app nor
 * whoever directs an experiment can make it late, and it ends when its parent does.
 *
 *   ──plan──> ready ──window──> progress … (──finish──>) … done (or failed) ──window──> … ──stop──> exit
 */

let generator: Generator | null = null;
const cancels = new Map<string, AbortController>();

function tell(message: FromGenerator): void {
  if (process.connected) process.send!(message);
}

function tellFailure(id: string | null, error: unknown): void {
  const { message } = error as Error;
  tell({ type: "failed", id, code: error instanceof SeamlineError ? error.code : "internal", message });
}

async function hear(message: ToGenerator): Promise<void> {
  if (message.type === "cancel") return cancels.get(message.id)?.abort(new SeamlineError("cancelled", "called off"));
  if (message.type === "finish") return generator?.finish(message.id);
  if (message.type === "stop") return leave();
  if (message.type === "plan") {
    generator = await Generator.open(message.plan);
    return tell({ type: "ready" });
  }
  const { window } = message;
  const cancel = new AbortController();
  cancels.set(window.id, cancel);
  try {
    const tally = await generator!.run(window, cancel.signal, (progress) => tell({ type: "progress", progress }));
    tell({ type: "done", tally });
  } catch (error) {
    tellFailure(window.id, error);
  } finally {
    cancels.delete(window.id);
  }
}

/** What has been recorded is written first. */
async function leave(): Promise<void> {
  try {
    await generator?.close();
  } finally {
    process.exit();
  }
}

/**
 * Where the system allows it (on Linux: to root), it need not wait for its turn behind what it loads: it would be late, and
 * measure itself. Linux weighs sessions against each other before it looks at processes, so both are said.
 */
function comeFirst(): void {
  const { PRIORITY_HIGHEST } = constants.priority;
  const ways = [
    () => setPriority(PRIORITY_HIGHEST),
    () => writeFileSync("/proc/self/autogroup", `${PRIORITY_HIGHEST}`),
  ];
  for (const way of ways)
    try {
      way();
    } catch {
      // Then it comes when it comes, and its windows say how late it was.
    }
}

comeFirst();
process.on("disconnect", () => void leave());
process.on("message", (message: ToGenerator) => {
  hear(message).catch((error: unknown) => tellFailure(null, error));
});
