import type { PayloadOf, Told } from "../told.ts";

/** How an app says which events concern whom. */

/** What an app wants told. `data` holds what the words need besides who made it happen, which is `by`. */
export interface NewNote<Type extends string = string> {
  /** null: somebody who has left, whom nothing is told. */
  readonly user: string | null;
  readonly type: Type;
  /** Told as `data.by`, and kept up to date as they rename themselves or leave. Nobody is told of what they did themselves. */
  readonly by?: { readonly id: string | null; readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  /** A path of the site. */
  readonly link: string;
}

/** A thing that later events are about, such as a post. */
export interface Thing {
  readonly owner: string | null;
  readonly data: Readonly<Record<string, string>>;
  readonly link: string;
}

/**
 * What this module knows of things. An event may overtake the news of the thing it is about, because modules tell their
 * events independently of each other.
 */
export interface Things {
  /** undefined: not known. */
  of(id: string): Promise<Thing | undefined>;
  /** Applies this rule to this event again once the thing is known. */
  await(id: string): Promise<void>;
  /** What waited for the thing is told now. The newest news replace what was known. */
  keep(id: string, thing: Thing): Promise<void>;
}

export interface Rule {
  readonly event: Told;
  readonly notes: (payload: any, things: Things) => readonly NewNote[] | Promise<readonly NewNote[]>;
}

export type DefineRule<Type extends string> = <E extends Told>(
  event: E,
  notes: (payload: PayloadOf<E>, things: Things) => readonly NewNote<Type>[] | Promise<readonly NewNote<Type>[]>,
) => Rule;

export interface Rules<Type extends string> {
  /** Every type of note there is: what people can mute. */
  readonly types: readonly Type[];
  readonly rules: (tell: DefineRule<Type>) => readonly Rule[];
}
