import type { Client } from "undici";
import { refusalOf, type ScenarioAnswer } from "../module/scenario.ts";
import { isAnswer, isGood, type Outcome } from "../record/outcome.ts";
import { SeededChance } from "./chance.ts";
import type { Connections, Handler, Headers } from "./connections.ts";
import type { Lane } from "./lane.ts";
import type { ProgramStep } from "./program.ts";
import { dispatch } from "./side.ts";
import type { Visitor } from "./visitor.ts";

/**
 * A step on its way: its requests one after the other, each checked before the next. It listens to its own answers, so
 * that a request costs no closures and no promises.
 *
 *   begin ──> waiting (somebody signs in) ──> asking ──answer──> asking … ──> landed
 *                     └───────── hang, or an answer that is wrong ──────────────┘
 *
 * Latency counts from when the step was to be sent; of a later request of the same step, from the answer before it. A
 * step's latency is that of its slowest request, since the promise is made for each.
 *
 * Who has not come through the scenario's first steps, because they failed, tries them again as part of whatever they do
 * next: otherwise a fault that is over would go on in everybody who had tried to sign in meanwhile.
 */
export class Flight implements Handler {
  readonly intendedMs: number;
  readonly #lane: Lane;
  readonly #own: ProgramStep;
  readonly #visitor: Visitor;
  readonly #random: SeededChance;
  #state: unknown;
  /** First steps that are still to be gone through, then its own. */
  #steps: readonly ProgramStep[] = [];
  #step = 0;
  #request = 0;
  #behindMs = 0;
  #askedMs: number;
  #slowestMs = 0;
  #status = 0;
  #headers: Headers = {};
  #body: Buffer[] = [];
  #degraded = "";
  #connections: Connections | null = null;
  /** The one that it has in hand. */
  #client: Client | null = null;
  /** The id of what its request is to write; null: nothing. */
  #writing: string | null = null;
  #begun = false;
  #entering = false;
  #landed = false;

  constructor(lane: Lane, own: ProgramStep, visitor: Visitor, intendedMs: number, chanceSeed: number) {
    this.#lane = lane;
    this.#own = own;
    this.#visitor = visitor;
    this.#random = new SeededChance(chanceSeed);
    this.intendedMs = intendedMs;
    this.#askedMs = intendedMs;
  }

  send(now: number): void {
    this.#behindMs = now - this.intendedMs;
    this.begin();
  }

  begin(): void {
    const visitor = this.#visitor;
    if (this.#landed) return;
    if (visitor.entering) {
      visitor.waiting.push(this);
      return;
    }
    this.#steps = this.#lane.stepsFor(visitor, this.#own);
    this.#entering = visitor.entering = this.#steps[0]!.first >= visitor.entered;
    this.#begun = true;
    this.#state = visitor.tab();
    if (this.#state === visitor.state) visitor.busy = true;
    this.#ask();
  }

  /** Gives it up: its connection is destroyed. */
  hang(): void {
    this.#land("hung", "no whole answer in time");
  }

  /** Ends it without a trace, for a window that was called off. */
  abandon(): void {
    this.#landed = true;
    this.#leave();
  }

  #ask(): void {
    try {
      const { needed, request, writes } = this.#steps[this.#step]!.requests[this.#request]!;
      if (needed?.(this.#state) === false) return this.#goOn();
      this.#body = [];
      this.#status = 0;
      this.#headers = {};
      const asked = request(this.#state, this.#random);
      this.#writing = writes?.(this.#state) ?? null;
      this.#connections = this.#lane.side.connectionsTo(asked.to);
      this.#client = this.#connections.take();
      dispatch(this.#client, asked, this.#visitor.cookie, this);
    } catch (error) {
      this.#land("wrong", `the request cannot be made: ${(error as Error).message}`);
    }
  }

  /** undici wants it to be there. */
  onRequestStart(): void {}

  onResponseStart(_controller: unknown, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#body.push(chunk);
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#landed) return;
    this.#status = 0;
    this.#land("unreachable", (error as NodeJS.ErrnoException).code ?? error.message);
  }

  onResponseEnd(): void {
    if (this.#landed) return;
    this.#connections!.release(this.#client!);
    this.#client = null;
    const now = this.#lane.now();
    this.#slowestMs = Math.max(this.#slowestMs, now - this.#askedMs);
    this.#askedMs = now;
    const { wrong, refusal } = this.#judge();
    const refused = refusal !== null || this.#status >= 400;
    this.#wrote(refused ? "refused" : wrong === null ? "acknowledged" : "unknown");
    if (refusal !== null) this.#endStep(refusal);
    else if (refused) this.#land("status", wrong ?? `status ${this.#status}`);
    else if (wrong !== null) this.#land("wrong", wrong);
    else this.#goOn();
  }

  /** @returns what is wrong with the answer, or which honest no it is */
  #judge(): { readonly wrong: string | null; readonly refusal: string | null } {
    const headers = this.#headers;
    const cookies = headers["set-cookie"];
    if (cookies !== undefined) this.#visitor.keep(cookies);
    const without = headers["x-degraded"];
    if (without !== undefined) this.#degraded = String(without);
    const body = this.#body.length === 1 ? this.#body[0]!.toString() : Buffer.concat(this.#body).toString();
    const answer: ScenarioAnswer = { status: this.#status, headers: headers as ScenarioAnswer["headers"], body };
    const exchange = this.#steps[this.#step]!.requests[this.#request]!;
    try {
      const refusal = refusalOf(exchange, answer, this.#state);
      return refusal === null ? { wrong: exchange.check(answer, this.#state), refusal } : { wrong: null, refusal };
    } catch (error) {
      return { wrong: `its check failed: ${(error as Error).message}`, refusal: null };
    }
  }

  #wrote(said: "acknowledged" | "refused" | "unknown"): void {
    const writeId = this.#writing;
    this.#writing = null;
    if (writeId === null) return;
    const { feature, requests } = this.#steps[this.#step]!;
    this.#lane.wrote(feature, writeId, said);
    const { look } = requests[this.#request]!;
    if (said !== "acknowledged" || look === undefined) return;
    this.#lane.look({ look, writeId, visitor: this.#state, cookie: this.#visitor.cookie });
  }

  #goOn(): void {
    this.#request += 1;
    if (this.#request < this.#steps[this.#step]!.requests.length) this.#ask();
    else this.#endStep(null);
  }

  /** @param refusal the honest no that it ended with; null: it was gone through */
  #endStep(refusal: string | null): void {
    const step = this.#steps[this.#step]!;
    this.#step += 1;
    this.#request = 0;
    if (this.#entering) this.#comeFarther(step);
    if (this.#step < this.#steps.length) this.#ask();
    else if (this.#slowestMs > this.#own.promiseMs) this.#land("slow", null);
    else this.#land(refusal === null ? "good" : "refused", refusal);
  }

  #comeFarther({ first }: ProgramStep): void {
    this.#visitor.entered = first + 1;
    const next = this.#steps[this.#step];
    if (next !== undefined && next.first > first) return;
    this.#entering = false;
    this.#visitor.admit();
  }

  #land(outcome: Outcome, reason: string | null): void {
    if (this.#landed) return;
    this.#landed = true;
    this.#wrote("unknown");
    const latencyMs = isAnswer(outcome) ? this.#slowestMs : Math.max(this.#slowestMs, this.#lane.now() - this.#askedMs);
    const trace = isGood(outcome) ? "" : String(this.#headers["x-trace-id"] ?? "");
    const { feature } = this.#own;
    const [behindMs, status, degradedParts] = [this.#behindMs, this.#status, this.#degraded];
    const { intendedMs } = this;
    this.#lane.landed(this, {
      feature,
      outcome,
      intendedMs,
      behindMs,
      latencyMs,
      status,
      degradedParts,
      trace,
      reason,
    });
    this.#leave();
  }

  /** Whatever of a connection it still has, is no good any more. */
  #leave(): void {
    if (this.#client !== null) this.#connections!.destroy(this.#client);
    this.#client = null;
    const visitor = this.#visitor;
    if (this.#begun && this.#state === visitor.state) visitor.busy = false;
    if (this.#entering) visitor.admit();
    this.#entering = false;
  }
}
