import type { FromProcess, ProcessConfig, ToProcess } from "../../kernel/control.ts";

/**
 * A process that keeps the control protocol and does nothing else, for tests of supervision. Its name in the topology
 * says how it behaves: "broken…" ends while starting, "refusing…" says why it cannot, "mute…" never becomes ready,
 * "stubborn…" does not leave when asked.
 */
const say = (message: FromProcess): void => void process.send!(message);
let name = "";

process.on("message", (message: ToProcess) => {
  if (message.type === "configure") start(message.config as ProcessConfig);
  if (message.type === "status")
    say({ type: "status", id: message.id, status: { pid: process.pid, rssBytes: 0, cpuMs: 0, parts: {}, seams: [] } });
  if (message.type === "drain" && !name.startsWith("stubborn")) process.exit(0);
});
process.on("disconnect", () => process.exit(0));
process.on("SIGTERM", () => !name.startsWith("stubborn") && process.exit(0));
say({ type: "hello" });

function start(config: ProcessConfig): void {
  name = config.process;
  if (name.startsWith("broken")) {
    console.error("this is the reason");
    process.exit(3);
  }
  if (name.startsWith("refusing"))
    say({ type: "failed", code: "migration_failed", message: "migration 2 of notes failed", part: "notes" });
  else if (!name.startsWith("mute")) say({ type: "ready", port: null, listen: config.listen, startMs: 1 });
}
