import { command, contract, query } from "seamline";
import { z } from "zod";
import { Id } from "../text.ts";

/**
 * Finds things by their words, Korean first: one syllable is enough. What is found are ids of an app's own kinds
 * ("listing", "post"), as their owners told of them; whoever shows a hit asks the owner for it.
 */

export const searchPerPage = 20;

const Hit = z.object({
  id: Id,
  title: z.string(),
  /** Where the words were found: [start, end) in UTF-16 units of `title`. */
  titleMatches: z.array(z.tuple([z.number().int(), z.number().int()])),
  /** A piece of the text around the first words found, and where they are in it; null: only the title has them. */
  snippet: z.object({ text: z.string(), matches: z.array(z.tuple([z.number().int(), z.number().int()])) }).nullable(),
  /** The figures that were told of it, such as "price". */
  numbers: z.record(z.string(), z.number()),
  /** For the hits after this one. */
  cursor: z.string(),
});

export type Hit = z.infer<typeof Hit>;

const Asked = z.object({
  kind: z.string().max(40),
  /** Words, all of which must be there. "": everything that the rest lets through. */
  q: z.string().max(100).default(""),
  /** All of these must be there: "place:jeju", "amenity:wifi", "author:…". */
  tags: z.array(z.string().max(80)).max(10).default([]),
  /** Figures within bounds, both ends included. A figure that nobody gave counts as 0, here and in `sort`. */
  ranges: z
    .record(z.string().max(40), z.object({ min: z.number().optional(), max: z.number().optional() }))
    .default({}),
  /** "newest", or a figure: "price" ascending, "-rating" descending. */
  sort: z.string().max(40).default("newest"),
  cursor: z.string().max(200).optional(),
  limit: z.number().int().min(1).max(200).default(searchPerPage),
});
const errors = {
  badCursor: z.object({}),
  unknownSort: z.object({ known: z.array(z.string()) }),
};

export const search = contract("search", {
  search: query({
    input: Asked,
    output: z.object({
      hits: z.array(Hit),
      /** For the next hits; null: there are no more. */
      next: z.string().nullable(),
    }),
    errors,
    http: "GET /api/search",
  }),
  /** The same without what is only shown: for whoever looks through many to keep a few. */
  candidates: query({
    input: Asked,
    output: z.object({
      ids: z.array(Id),
      /** Of each id, for the candidates after it. */
      cursors: z.array(z.string()),
      /** null: there are no more. */
      next: z.string().nullable(),
    }),
    errors,
  }),
  /** Titles that begin with, or contain, what was typed; at most 8. */
  suggest: query({
    input: z.object({ kind: z.string().max(40), q: z.string().max(60) }),
    output: z.array(z.object({ id: Id, title: z.string() })),
    http: "GET /api/suggest",
  }),
  /** How far the last rebuild is. The first begins by itself. */
  rebuild: query({
    output: z.object({ state: z.enum(["running", "done"]), documents: z.number().int() }),
  }),
  /** Fills the index anew from the owners, while it goes on answering; one that is under way goes on. Admins only. */
  reindex: command({ errors: { adminsOnly: z.object({}) } }),
});
