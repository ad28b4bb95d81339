import { command, query, type DeadLetter } from "seamline";
import { z } from "zod";
import { At } from "./text.ts";

/**
 * Events that were given up after many tries, for admins to see and to have delivered again. Every module that tells
 * events has these operations: `...letterOperations` in its contract, `...letterHandlers` in the module.
 */

const Forbidden = z.object({ reason: z.enum(["signIn", "adminsOnly"]) });
const Letter = z.object({
  id: z.string(),
  /** "module.event". */
  event: z.string(),
  subscriber: z.string(),
  key: z.string(),
  attempts: z.number().int(),
  error: z.string(),
  /** When it was told, and when it was given up. */
  at: At,
  deadAt: At,
});

export type Letter = z.infer<typeof Letter>;

export const letterOperations = {
  /** Events of this module that were given up, the oldest first, at most 100. Admins only. */
  deadLetters: query({ output: z.array(Letter), errors: { lettersForbidden: Forbidden } }),
  /** Has one delivered again. `replayed` is false where there is no such dead letter (any more). */
  replayLetter: command({
    input: z.object({ id: z.string().max(100), subscriber: z.string().max(100) }),
    output: z.object({ replayed: z.boolean() }),
    errors: { lettersForbidden: Forbidden },
  }),
};

interface Asked {
  readonly caller: { readonly user: { readonly roles: readonly string[] } | null };
  fail(code: "lettersForbidden", data: z.infer<typeof Forbidden>): never;
}

const shownAtMost = 100;

export const letterHandlers = {
  async deadLetters(
    _input: unknown,
    context: Asked & { readonly letters: { dead(limit?: number): Promise<DeadLetter[]> } },
  ): Promise<Letter[]> {
    adminsOnly(context);
    const letters = await context.letters.dead(shownAtMost);
    return letters.map((letter) => ({ ...letter, at: letter.at.toISOString(), deadAt: letter.deadAt.toISOString() }));
  },

  async replayLetter(
    { id, subscriber }: { id: string; subscriber: string },
    context: Asked & { readonly letters: { replay(id: string, subscriber: string): Promise<boolean> } },
  ): Promise<{ replayed: boolean }> {
    adminsOnly(context);
    return { replayed: await context.letters.replay(id, subscriber) };
  },
};

function adminsOnly({ caller: { user }, fail }: Asked): void {
  if (!user?.roles.includes("admin")) fail("lettersForbidden", { reason: user ? "adminsOnly" : "signIn" });
}
