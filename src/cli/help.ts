import { inColumns } from "../compare/columns.ts";
import { commonFlags, type Flag } from "./args.ts";
import type { Command } from "./command.ts";
import type { CommandName, OptionName } from "./messages/en.ts";
import type { Terminal } from "./terminal.ts";

export function overview(names: readonly CommandName[], { t, paint }: Terminal): string {
  const rows = names.map((name) => [`  ${paint.bold(name)}`, t.commands[name]]);
  return [
    t.tagline,
    "",
    `${t.usage}: seamline COMMAND …`,
    "",
    `${t.commandsTitle}:`,
    inColumns(rows),
    "",
    t.moreHelp,
  ].join("\n");
}

export function commandHelp({ name, positionals, flags, examples }: Command, { t, paint }: Terminal): string {
  const all = Object.entries<Flag>({ ...flags, ...commonFlags });
  const rows = all.map(([flag, { value }]) => [
    `  --${flag}${value === undefined ? "" : ` ${value}`}`,
    t.optionsOf[name]?.[flag as OptionName] ?? t.options[flag as OptionName],
  ]);
  const words = ["seamline", name, ...positionals, "[--OPTION …]"].join(" ");
  const shown = examples.map((example) => `  ${example}`);
  return [
    `${paint.bold(`seamline ${name}`)}: ${t.commands[name]}`,
    "",
    `${t.usage}: ${words}`,
    "",
    `${t.optionsTitle}:`,
    inColumns(rows),
    "",
    `${t.examplesTitle}:`,
    ...shown,
  ].join("\n");
}
