import type { SeamlineError } from "../contract/errors.ts";
import { messages, type Language } from "./messages.ts";
import type { Messages } from "./messages/en.ts";

/**
 * Where a command prints: results on stdout, everything about the way there on stderr. With `json` stdout carries
 * nothing but JSON, and stderr stays for people.
 */
export interface Terminal {
  readonly t: Messages;
  readonly language: Language;
  readonly paint: Paint;
  out(text: string): void;
  json(value: unknown): void;
  note(text: string): void;
}

export type Paint = Record<"bold" | "dim" | "red" | "green" | "yellow", (text: string) => string>;

const codes = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;

export function terminal(language: Language): Terminal {
  const coloured =
    process.stdout.isTTY && process.stderr.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  const paint = Object.fromEntries(
    Object.entries(codes).map(([name, [on, off]]) => [
      name,
      (text: string) => (coloured ? `\u001b[${on}m${text}\u001b[${off}m` : text),
    ]),
  ) as Paint;
  return {
    t: messages[language],
    language,
    paint,
    out: (text) => void process.stdout.write(`${text}\n`),
    json: (value) => void process.stdout.write(`${JSON.stringify(value)}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

/** `--lang`, else the usual variables, in their order. */
export function chooseLanguage(asked: string | undefined, env: NodeJS.ProcessEnv): Language {
  if (asked === "ko" || asked === "en") return asked;
  const locale = env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "";
  return locale.startsWith("ko") ? "ko" : "en";
}

export function megabytes(bytes: number | null): string {
  return bytes === null ? "–" : `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}

/** How an error is told: code, message, and in JSON the same as fields. */
export function toJson({ code, message, data }: SeamlineError): object {
  return { type: "error", code, message, data: data ?? null };
}
