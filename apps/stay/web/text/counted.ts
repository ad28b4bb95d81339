/** English for a number of things, out of the formatted number: "1 night", "2 nights". */
export function counted(n: string, thing: string): string {
  return `${n} ${n === "1" ? thing : `${thing}s`}`;
}
