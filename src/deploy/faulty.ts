import type { Subject } from "../faults/faults.ts";
import type { Databases } from "./databases.ts";
import type { Fleet } from "./fleet.ts";
import type { Links } from "./links.ts";

/** What faults are told of a deployment, and may do to it. */
export function subjectOf({
  directory,
  codeFaults,
  databases,
  fleet,
  links,
}: {
  readonly directory: string;
  readonly codeFaults: boolean;
  readonly databases: Databases;
  readonly fleet: Fleet;
  readonly links: Links | null;
}): Subject {
  return {
    directory,
    codeFaults,
    get stores() {
      return databases.stores;
    },
    processes: () =>
      fleet.views().map(({ id, process, modules, pid }) => {
        const [supervised] = fleet.find(id);
        return { id, process, modules, pid, hold: () => supervised!.hold(), tell: (said) => supervised!.tell(said) };
      }),
    databases: () =>
      databases.views().map(({ name, modules, pid, state }) => ({
        name,
        modules,
        pid,
        external: state === "external",
        hold: () => databases.hold(name),
      })),
    links: () => links,
  };
}
