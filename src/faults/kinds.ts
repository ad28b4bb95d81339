import { SeamlineError } from "../contract/errors.ts";
import type { Kind } from "./faults.ts";
import { busy, memory } from "./kinds/code.ts";
import { cpu } from "./kinds/cpu.ts";
import { crash } from "./kinds/crash.ts";
import { databaseDown, databaseHung, disk } from "./kinds/databases.ts";
import { databaseExhausted } from "./kinds/exhausted.ts";
import { hang } from "./kinds/hang.ts";
import { bandwidth, blackhole, close, latency, loss, reset, status } from "./kinds/links.ts";
import { databaseLocked } from "./kinds/locked.ts";

/** All kinds of faults, in the order in which they are shown. */
export const kinds: readonly Kind[] = [
  crash,
  hang,
  cpu,
  busy,
  memory,
  databaseDown,
  databaseHung,
  databaseLocked,
  databaseExhausted,
  disk,
  latency,
  bandwidth,
  loss,
  reset,
  close,
  blackhole,
  status,
];

/** @throws SeamlineError `usage` with the kinds that there are */
export function kindOf(name: string): Kind {
  const found = kinds.find(({ kind }) => kind === name);
  if (found !== undefined) return found;
  const known = kinds.map(({ kind }) => kind).join(", ");
  throw new SeamlineError("usage", `"${name}" is no kind of fault; there are ${known}`, { data: { kind: name } });
}
