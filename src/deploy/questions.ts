import { z } from "zod";
import type { Topology } from "../topology/topology.ts";

/** What other commands may ask a deployment over its control socket. */
export const Question = z.discriminatedUnion("ask", [
  z.strictObject({ ask: z.literal("status") }),
  z.strictObject({ ask: z.literal("stores") }),
  z.strictObject({ ask: z.literal("restart"), process: z.string() }),
  z.strictObject({
    ask: z.literal("fault"),
    kind: z.string(),
    target: z.string(),
    forMs: z.number(),
    parameters: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ ask: z.literal("heal"), id: z.string().nullable() }),
  z.strictObject({ ask: z.literal("faults") }),
  z.strictObject({ ask: z.literal("topology") }),
  z.strictObject({ ask: z.literal("origin") }),
  z.strictObject({ ask: z.literal("watch"), module: z.string() }),
  z.strictObject({ ask: z.literal("watched"), module: z.string() }),
  z.strictObject({ ask: z.literal("waiting"), module: z.string() }),
  z.strictObject({ ask: z.literal("close"), server: z.string() }),
  z.strictObject({
    ask: z.literal("hold"),
    module: z.string(),
    withinMs: z.number().optional(),
    forMs: z.number().optional(),
  }),
  z.strictObject({ ask: z.literal("expect"), module: z.string(), server: z.string() }),
  z.strictObject({ ask: z.literal("release"), module: z.string() }),
  z.strictObject({
    ask: z.literal("place"),
    module: z.string(),
    process: z.string().optional(),
    server: z.string().optional(),
  }),
  z.strictObject({
    ask: z.literal("site"),
    module: z.string(),
    server: z.string().optional(),
    /** Only what is there already; null: nothing. */
    look: z.boolean().optional(),
  }),
  z.strictObject({ ask: z.literal("scale"), process: z.string(), replicas: z.number() }),
  z.strictObject({ ask: z.literal("clock"), move: z.union([z.number(), z.literal("reset")]) }),
]);

/** Those about where modules are. */
export type Rebind = Extract<
  z.infer<typeof Question>,
  { ask: "topology" | "hold" | "expect" | "release" | "place" | "site" | "scale" }
>;

/** What a deployment was started as. */
export interface Origin {
  readonly app: string;
  /** File URL of the module whose default export is the app. */
  readonly appUrl: string;
  readonly topologyName: string;
  /** As it was asked for, before anything was moved. */
  readonly asked: Topology;
}
