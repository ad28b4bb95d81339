/** One of a scenario's people on one side: what they know, their cookies, and how far into the app they have come. */
export class Visitor {
  /** What the scenario's checks note. */
  readonly state: any;
  /** How many of the first steps they have been through. */
  entered = 0;
  /** Whether a first step is on its way. Whoever comes then waits, as one waits for the page after signing in. */
  entering = false;
  /** Steps that wait for that. */
  readonly waiting: { begin(): void }[] = [];
  /** Whether a step of theirs is on its way. */
  busy = false;
  readonly #cookies = new Map<string, string>();
  #cookie = "";

  constructor(state: unknown) {
    this.state = state;
  }

  /** The header; "": none. */
  get cookie(): string {
    return this.#cookie;
  }

  /**
   * What a step may note things in. While an earlier one still hangs, that is another tab: a form that is open in one has
   * nothing to do with the other.
   */
  tab(): unknown {
    return this.busy ? structuredClone(this.state) : this.state;
  }

  keep(setCookie: string | readonly string[]): void {
    for (const line of typeof setCookie === "string" ? [setCookie] : setCookie) {
      const [, name = "", value = ""] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /;\s*max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    this.#cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** A first step is over, well or not: the waiting ones try again, of whom the first may have to enter now. */
  admit(): void {
    this.entering = false;
    for (const step of this.waiting.splice(0)) step.begin();
  }
}
