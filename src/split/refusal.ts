import { SeamlineError } from "../contract/errors.ts";

/** A move that is not begun, for one reason. @param kind for programs */
export function refusal(module: string, kind: string, message: string): SeamlineError {
  return new SeamlineError("move_refused", message, { data: { module, kinds: [kind] } });
}
