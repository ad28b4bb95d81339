import { html } from "hono/html";
import type { Html } from "../../shared/web/layout.ts";

/** A sentence with a name in it, which is in its owner's language. */
export function inBdi(sentence: (name: string) => string, name: string): Html {
  // What no text of ours has.
  const mark = "\u0000";
  const [before = "", after = ""] = sentence(mark).split(mark);
  return html`${before}<bdi>${name}</bdi>${after}`;
}
