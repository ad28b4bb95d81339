import type { ChildProcess } from "node:child_process";
import { monotonicMs } from "../../contract/deadline.ts";
import { SeamlineError } from "../../contract/errors.ts";
import type { Address } from "../../wire/wire.ts";
import { endHelper, entryBeside, startHelper } from "../helper.ts";
import type { Rule } from "./rules.ts";

/**
 * The links of a deployment that go through a proxy of our own, a process beside the others. The proxy knows names of
 * links and nothing of what they are. Should it die, another takes its place with the same links and rules, at the same
 * addresses.
 */

type Asked =
  | { readonly do: "listen"; readonly link: string; readonly address: Address }
  | { readonly do: "lead"; readonly link: string; readonly to: Address | null }
  | {
      readonly do: "rule";
      readonly links: readonly string[];
      readonly fault: string;
      readonly rule: Rule;
      readonly forMs: number;
    }
  | { readonly do: "clear"; readonly fault: string };
export type ProxyQuestion = Asked & { readonly id: number };
export type ProxyAnswer =
  | { readonly id: number; readonly ok: true; readonly value: string | null }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** Each question takes well under a millisecond; what is not answered by then never is. */
const answerMs = 10_000;

export class Proxy {
  readonly #links = new Map<string, { address: Address; to: Address | null }>();
  readonly #rules = new Map<string, { links: readonly string[]; rule: Rule; endsAt: number }>();
  readonly #asked = new Map<number, (answer: ProxyAnswer) => void>();
  #process: ChildProcess;
  #nextId = 1;
  #closed = false;

  constructor() {
    this.#process = this.#start();
  }

  /** For tests and for status. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Makes a link, which leads nowhere yet. @returns where it listens @throws SeamlineError as `listenOn` */
  async listen(link: string, address: Address): Promise<Address> {
    const real = (await this.#ask({ do: "listen", link, address }))!;
    this.#links.set(link, { address: real, to: null });
    return real;
  }

  /** Where connections of a link lead from now on. Resolves when they do. */
  async lead(link: string, to: Address | null): Promise<void> {
    const known = this.#links.get(link);
    if (known) known.to = to;
    await this.#ask({ do: "lead", link, to });
  }

  /** @param forMs after so long the rule ends even if nobody takes it back */
  async rule(fault: string, links: readonly string[], rule: Rule, forMs: number): Promise<void> {
    this.#rules.set(fault, { links, rule, endsAt: monotonicMs() + forMs });
    await this.#ask({ do: "rule", fault, links, rule, forMs });
  }

  async clear(fault: string): Promise<void> {
    this.#rules.delete(fault);
    await this.#ask({ do: "clear", fault });
  }

  /** Ends all links. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await endHelper(this.#process);
  }

  #start(): ChildProcess {
    const started = startHelper(entryBeside("main", import.meta.url));
    started.on("message", (answer: ProxyAnswer) => this.#asked.get(answer.id)?.(answer));
    started.on("error", () => {}); // its exit tells
    started.once("exit", () => {
      for (const [id, settle] of this.#asked)
        settle({ id, ok: false, code: "unavailable", message: "the proxy of the links ended" });
      if (!this.#closed) void this.#replace();
    });
    return started;
  }

  async #replace(): Promise<void> {
    this.#process = this.#start();
    const again = [...this.#links].map(async ([link, { address, to }]) => {
      await this.#ask({ do: "listen", link, address });
      await this.#ask({ do: "lead", link, to });
    });
    try {
      await Promise.all(again);
      for (const [fault, { links, rule, endsAt }] of this.#rules)
        if (endsAt > monotonicMs()) await this.#ask({ do: "rule", fault, links, rule, forMs: endsAt - monotonicMs() });
    } catch {
      // It ended again, and is replaced again.
    }
  }

  #ask(asked: Asked): Promise<string | null> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<ProxyAnswer>();
    const message = `the proxy of the links did not answer within ${answerMs / 1000} s`;
    const timer = setTimeout(resolve, answerMs, { id, ok: false, code: "unavailable", message });
    this.#asked.set(id, resolve);
    if (this.#process.connected) this.#process.send({ ...asked, id } satisfies ProxyQuestion, () => {});
    else resolve({ id, ok: false, code: "unavailable", message: "the proxy of the links has ended" });
    return promise.then((answer) => {
      clearTimeout(timer);
      this.#asked.delete(id);
      if (!answer.ok) throw new SeamlineError(answer.code, answer.message);
      return answer.value;
    });
  }
}
