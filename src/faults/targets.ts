import { SeamlineError } from "../contract/errors.ts";
import type { Kind, Subject, SubjectLink, Target, TargetType } from "./faults.ts";

/**
 * What a word means as a target. The same words work in every architecture: "reviews" is the process that holds reviews,
 * alone or with all others, or for a fault of databases the server that holds its data; "reviews>database" the way there;
 * "web>reviews" the way from one process to another, which exists only where the two are apart; "edge" the way of users.
 */

/** @throws SeamlineError `usage` with the targets that there are */
export function resolve(kind: Kind, text: string, subject: Subject): Target {
  for (const type of kind.targets) {
    const found = finders[type](text, subject);
    if (found !== null) return found;
  }
  const here = targetsOf(kind, subject);
  const known = here.length === 0 ? "there is none here" : `there are ${here.join(", ")}`;
  throw new SeamlineError("usage", `${kind.kind}: "${text}" is no target; ${known}${hint(kind, text, subject)}`, {
    data: { kind: kind.kind, target: text, targets: here },
  });
}

/** What a kind can strike here, to be shown. */
export function targetsOf({ targets }: Kind, subject: Subject): string[] {
  return [...new Set(targets.flatMap((type) => listed[type](subject)))];
}

const finders: Record<TargetType, (text: string, subject: Subject) => Target | null> = {
  process(text, subject) {
    const processes = subject
      .processes()
      .filter(({ id, process, modules }) => id === text || process === text || modules.includes(text));
    return processes.length === 0 ? null : { type: "process", processes };
  },
  database(text, subject) {
    const servers = subject.databases();
    const byModule = servers.find(({ modules }) => modules.includes(text));
    if (byModule !== undefined) return { type: "database", database: byModule, modules: [text] };
    const byName = servers.find(({ name }) => name === text);
    return byName === undefined ? null : { type: "database", database: byName, modules: byName.modules };
  },
  link(text, subject) {
    const [from, to, ...rest] = text.split(">");
    if (from === undefined || to === undefined || rest.length > 0 || from === edge) return null;
    return toTarget(
      "link",
      (subject.links()?.all ?? []).filter((link) => !isEdge(link) && leads(link, from, to)),
    );
  },
  edge(text, subject) {
    const [from, to = "*"] = text.split(">");
    if (from !== edge) return null;
    return toTarget(
      "edge",
      (subject.links()?.all ?? []).filter((link) => isEdge(link) && leads(link, edge, to)),
    );
  },
};

const listed: Record<TargetType, (subject: Subject) => string[]> = {
  process: (subject) => subject.processes().flatMap(({ process, modules }) => [process, ...modules]),
  database: (subject) => subject.databases().flatMap(({ modules }) => modules),
  link: (subject) => shown(subject, (link) => !isEdge(link) && link.aside !== true),
  edge: (subject) => (subject.links() === null ? [] : [edge, ...shown(subject, isEdge)]),
};

const edge = "edge";

function shown(subject: Subject, of: (link: SubjectLink) => boolean): string[] {
  return (subject.links()?.all ?? []).filter(of).map(({ from, to }) => `${from[0]}>${to[0]}`);
}

function isEdge({ from }: SubjectLink): boolean {
  return from[0] === edge;
}

function leads({ from, to, aside = false }: SubjectLink, first: string, second: string): boolean {
  if (aside && second === "*") return false;
  return (first === "*" || from.includes(first)) && (second === "*" || to.includes(second));
}

function toTarget(type: "link" | "edge", links: readonly SubjectLink[]): Target | null {
  return links.length === 0 ? null : { type, links: links.map(({ name }) => name) };
}

function hint({ targets }: Kind, text: string, subject: Subject): string {
  const [from, to] = text.split(">");
  if (!targets.includes("link") || to === undefined) return "";
  const together = subject.processes().find(({ modules }) => modules.includes(from!) && modules.includes(to));
  return together === undefined
    ? ""
    : `. "${from}" and "${to}" are in one process (${together.id}), so there is no link between them`;
}
