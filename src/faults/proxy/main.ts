import { SeamlineError } from "../../contract/errors.ts";
import type { ProxyAnswer, ProxyQuestion } from "./proxy.ts";
import { Link } from "./link.ts";

/**
 * The process that all proxied links go through, so that no other work slows them down. It ends with its deployment, and
 * every rule with it; a rule also ends by itself, should nobody take it back.
 */
const links = new Map<string, Link>();
const ends = new Map<string, NodeJS.Timeout>();

function linkOf(name: string): Link {
  const link = links.get(name);
  if (link === undefined) throw new SeamlineError("internal", `the proxy has no link "${name}"`);
  return link;
}

function clear(fault: string): void {
  clearTimeout(ends.get(fault));
  ends.delete(fault);
  for (const link of links.values()) link.clear(fault);
}

async function act(question: ProxyQuestion): Promise<string | null> {
  if (question.do === "listen") {
    const link = new Link();
    const address = await link.listen(question.address);
    links.set(question.link, link);
    return address;
  }
  if (question.do === "lead") linkOf(question.link).lead(question.to);
  else if (question.do === "clear") clear(question.fault);
  else {
    for (const link of question.links.map(linkOf)) link.rule(question.fault, question.rule);
    // Not monotonic between processes, so a duration.
    ends.set(question.fault, setTimeout(clear, question.forMs, question.fault).unref());
  }
  return null;
}

process.on("message", (question: ProxyQuestion) => {
  const say = (answer: ProxyAnswer): void => void (process.connected && process.send!(answer, () => {}));
  const { id } = question;
  act(question).then(
    (value) => say({ id, ok: true, value }),
    (error: Error) =>
      say({ id, ok: false, code: error instanceof SeamlineError ? error.code : "internal", message: error.message }),
  );
});
process.on("disconnect", () => process.exit(0));
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => {});
