import { module, type Client, type Contract, type Module } from "seamline";
import type { PayloadOf, Told } from "../told.ts";
import { search } from "./contract.ts";
import { note, type Change, type Document } from "./documents.ts";
import { cursorFrom, find, findIds, sortsOf, suggest } from "./find.ts";
import { tablesFor } from "./migrations.ts";
import { advance, begin, progressOf } from "./rebuild.ts";

type Uses = Record<string, Contract<string, any>>;
type Clients<U> = { readonly [K in keyof U]: Client<U[K]> };

interface Source<U> {
  readonly event: Told;
  readonly change: (payload: any, clients: Clients<U>) => Change | null | Promise<Change | null>;
}

export interface Kind<U> {
  /** Figures that it can be sorted by. New ones come last. */
  readonly numbers: readonly string[];
  /** What its owner has by id, some after `after` (null: from the first on); none: that was all. */
  readonly scan: (clients: Clients<U>, after: string | null) => Promise<readonly Document[]>;
}

export interface SearchOptions<U extends Uses> {
  /** The owners of what can be found. */
  readonly uses: U;
  readonly kinds: Readonly<Record<string, Kind<U>>>;
  /** Which events tell of changes; one that has too little to say may ask its owner. null: nothing to find in it. */
  readonly on: (
    told: <E extends Told>(
      event: E,
      change: (payload: PayloadOf<E>, clients: Clients<U>) => Change | null | Promise<Change | null>,
    ) => Source<U>,
  ) => readonly Source<U>[];
}

/** How often a rebuild is looked for. Its pages follow each other at once. */
const rebuildMs = 1000;

/**
 * The module for one app, which says what can be found and who tells of it.
 *
 *     export default searchModule({
 *       uses: { board },
 *       kinds: { post: { numbers: [], scan: async ({ board }, after) => (await board.scan({ after })).map(toDocument) } },
 *       on: (told) => [
 *         told(board.postRemoved, ({ id, version }) => ({ is: "gone", kind: "post", id, version })),
 *       ],
 *     });
 */
export function searchModule<U extends Uses>({ uses, kinds, on }: SearchOptions<U>): Module {
  const names = Object.keys(kinds);
  const sources = on((event, change) => ({ event, change }));
  // The context has a client for each of `uses`, which cannot be said of a type that is not known here.
  const clientsIn = (context: object): Clients<U> => context as Clients<U>;

  /** Where in which order an answer begins. */
  const placeOf = ({ kind: name, sort, cursor }: { kind: string; sort: string; cursor?: string | undefined }) => {
    const kind = kinds[name];
    return {
      kind,
      known: sortsOf(kind?.numbers ?? []),
      after: cursor === undefined ? undefined : cursorFrom(cursor, sort),
    };
  };

  return module(search, {
    uses: uses as {},
    store: tablesFor(kinds),

    async search(asked, { store, fail }) {
      const { kind, known, after } = placeOf(asked);
      if (!kind) return { hits: [], next: null };
      if (!known.includes(asked.sort)) return fail("unknownSort", { known });
      if (asked.cursor !== undefined && !after) return fail("badCursor", {});
      return await find(store, asked, after);
    },

    async candidates(asked, { store, fail }) {
      const { kind, known, after } = placeOf(asked);
      if (!kind) return { ids: [], cursors: [], next: null };
      if (!known.includes(asked.sort)) return fail("unknownSort", { known });
      if (asked.cursor !== undefined && !after) return fail("badCursor", {});
      return await findIds(store, asked, after);
    },

    async suggest({ kind, q }, { store }) {
      return await suggest(store, kind, q);
    },

    async rebuild(_input, { store }) {
      const { running, documents } = await progressOf(store);
      return { state: running ? "running" : "done", documents };
    },

    async reindex(_input, { store, caller, fail }) {
      if (!caller.user?.roles.includes("admin")) return fail("adminsOnly", {});
      await begin(store);
    },

    on: (subscribe) =>
      sources.map(({ event, change }) =>
        subscribe(event, async (payload: unknown, context) => {
          const news = await change(payload, clientsIn(context));
          if (news) await note(context.store, news);
        }),
      ),

    schedules: (schedule) => [
      schedule("rebuild", { everyMs: rebuildMs }, async (context) => {
        const progress = await progressOf(context.read);
        if (!progress.running) return;
        // An app may have lost a kind since.
        const kind = names.find((name) => name === progress.kind) ?? names[0]!;
        const documents = await kinds[kind]!.scan(clientsIn(context), progress.after);
        await advance(context.store, progress, { kind, documents, nextKind: names[names.indexOf(kind) + 1] ?? null });
        return { again: true };
      }),
    ],
  });
}
