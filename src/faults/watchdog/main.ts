import { signal, type Identity } from "../identity.ts";
import { healJournal } from "../journal.ts";
import type { ToWatchdog } from "./watchdog.ts";

/**
 * Heals what its controller can heal no more: when the channel to it closes, all of it; while it lives, what is overdue
 * because it is itself stopped or too busy. It also beats the time of processes that are to have a share of a processor,
 * which a busy controller would do unevenly.
 */
const [path = ""] = process.argv.slice(2);
/** The controller heals in time unless something is wrong with it. */
const graceMs = 2000;
const lookEveryMs = 500;

const beats = new Map<string, { stop: () => void }>();

function beat({ id, processes, share, periodMs, untilMs }: Extract<ToWatchdog, { do: "beat" }>): void {
  let timer: NodeJS.Timeout;
  const each = (name: NodeJS.Signals): void => {
    for (const one of processes as Identity[]) signal(one, name);
  };
  const run = (): void => {
    each("SIGCONT");
    if (Date.now() < untilMs) timer = setTimeout(rest, periodMs * share);
  };
  const rest = (): void => {
    each("SIGSTOP");
    timer = setTimeout(run, periodMs * (1 - share));
  };
  beats.set(id, {
    stop() {
      clearTimeout(timer);
      each("SIGCONT");
    },
  });
  rest();
}

function end(id: string): void {
  beats.get(id)?.stop();
  beats.delete(id);
}

process.on("message", (message: ToWatchdog) => {
  if (message.do === "beat") beat(message);
  else end(message.id);
  if (process.connected) process.send!(`${message.do} ${message.id}`, () => {});
});
process.on("disconnect", () => {
  for (const id of beats.keys()) end(id);
  healJournal(path);
  process.exit(0);
});
setInterval(() => {
  for (const id of healJournal(path, Date.now() - graceMs)) end(id);
}, lookEveryMs);
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => {});
process.send!("hello");
