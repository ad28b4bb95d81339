import { parseArgs } from "node:util";
import { SeamlineError } from "../contract/errors.ts";
import type { Messages, OptionName } from "./messages/en.ts";
import { nearest } from "./suggest.ts";

/** A flag as a command declares it. `value` is what stands for its value in the help; left out: it takes none. */
export interface Flag {
  readonly value?: string;
  readonly many?: boolean;
  /** The values it may have. */
  readonly oneOf?: readonly string[];
}
export type Flags = Partial<Record<OptionName, Flag>>;

/** What a command line said. */
export interface Args {
  readonly positionals: readonly string[];
  has(flag: OptionName): boolean;
  value(flag: OptionName): string | undefined;
  values(flag: OptionName): readonly string[];
}

export const commonFlags = { lang: { value: "ko|en", oneOf: ["ko", "en"] }, debug: {}, help: {} } satisfies Flags;

/** @throws SeamlineError `usage` that names the word that is wrong and the one that was likely meant */
export function readArgs(
  argv: readonly string[],
  command: string,
  positionals: readonly string[],
  flags: Flags,
  t: Messages,
): Args {
  const known: Flags = { ...commonFlags, ...flags };
  const names = Object.keys(known) as OptionName[];
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      { type: known[name]!.value === undefined ? ("boolean" as const) : ("string" as const), multiple: true },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const found = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const flag = known[token.name as OptionName];
    if (flag === undefined) throw unknown(token.rawName, command, names, t);
    if (flag.value === undefined && token.value !== undefined)
      throw usage(t.flagTakesNoValue(token.rawName), command, t);
    // A value that looks like a flag is a flag whose value was forgotten; `--flag=-value` says that it is meant.
    const forgotten = !token.inlineValue && /^-(?!\d)/.test(token.value ?? "");
    if (flag.value !== undefined && (!token.value || forgotten))
      throw usage(t.flagNeedsValue(token.rawName, flag.value), command, t);
    const value = token.value ?? "";
    if (flag.oneOf && !flag.oneOf.includes(value))
      throw usage(t.flagOneOf(token.rawName, value, flag.oneOf), command, t);
    const earlier = found.get(token.name) ?? [];
    if (earlier.length > 0 && !flag.many) throw usage(t.flagTwice(token.rawName), command, t);
    found.set(token.name, [...earlier, value]);
  }
  if (!found.has("help")) checkWords(words, positionals, command, t);
  return {
    positionals: words,
    has: (flag) => found.has(flag),
    value: (flag) => found.get(flag)?.[0],
    values: (flag) => found.get(flag) ?? [],
  };
}

function checkWords(words: string[], positionals: readonly string[], command: string, t: Messages): void {
  const missing = positionals[words.length];
  if (missing !== undefined && !missing.startsWith("[")) throw usage(t.wordMissing(missing), command, t);
  const extra = words[positionals.length];
  if (extra !== undefined) throw usage(t.wordExtra(extra), command, t);
}

function unknown(raw: string, command: string, names: readonly string[], t: Messages): SeamlineError {
  const near = nearest(raw.replace(/^-+/, ""), names);
  return usage(t.flagUnknown(raw, near && `--${near}`), command, t);
}

function usage(message: string, command: string, t: Messages): SeamlineError {
  return new SeamlineError("usage", `${message}${/[.?]$/.test(message) ? "" : "."} ${t.seeHelp(command)}`);
}

/** `--port 9000`, `--port board=9000 --port board-web=9001`. @throws SeamlineError `usage` */
export function readPorts(values: readonly string[], t: Messages): Record<string, number> | number | undefined {
  if (values.length === 0) return undefined;
  const ports: Record<string, number> = {};
  for (const value of values) {
    const [, name = "", text = ""] = /^(?:(.+)=)?(\d{1,5})$/.exec(value) ?? [];
    const port = Number(text);
    if (text === "" || port > 65_535) throw new SeamlineError("usage", t.portInvalid(value));
    if (name === "" && values.length > 1) throw new SeamlineError("usage", t.portNeedsName(value));
    if (name === "") return port;
    ports[name] = port;
  }
  return ports;
}
