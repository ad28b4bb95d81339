import { SeamlineError, type ProgramAddress } from "seamline";
import type { z } from "zod";
import {
  apiKey,
  Charge,
  ChargePage,
  isSame,
  signatureOf,
  type Operation,
  type RequestOf,
  type Webhook,
} from "../provider/contract.ts";

/**
 * Whoever moves the money. Another provider is another implementation of this.
 *
 * Every request has a key: the same key is the same request, however often it is sent. A method that throws `Unanswered`
 * says nothing about what was done: that is found out by `status`. Anything else it throws means that the request was
 * understood and refused, and that nothing was done.
 */
export interface PaymentProvider {
  authorize(key: string, request: RequestOf<"authorize">, signal: AbortSignal): Promise<Charge>;
  capture(key: string, request: RequestOf<"capture">, signal: AbortSignal): Promise<Charge>;
  void(key: string, request: RequestOf<"void">, signal: AbortSignal): Promise<Charge>;
  refund(key: string, request: RequestOf<"refund">, signal: AbortSignal): Promise<Charge>;
  /** What was answered to the request of a key; null: none has been carried out. */
  status(key: string, signal: AbortSignal): Promise<Charge | null>;
  /** All charges, in pages, by payment. */
  charges(after: string | null, signal: AbortSignal): Promise<ChargePage>;
  /** Whether it answers at all. */
  isAlive(signal: AbortSignal): Promise<boolean>;
  verifyWebhook(hook: Webhook): boolean;
}

/** The provider gave no answer, or none that can be understood. */
export class Unanswered extends SeamlineError {
  override name = "Unanswered";

  constructor(what: string, cause?: unknown) {
    super("unanswered", `the payment provider gave no answer to ${what}`, { cause });
  }
}

/** Time for one answer. Shorter asks again for what is done already; longer keeps guests waiting for what is lost. */
const answerMs = 1000;

export function httpProvider({ url, secret }: ProgramAddress): PaymentProvider {
  const headers = { authorization: `Bearer ${apiKey(secret)}`, "content-type": "application/json" };

  async function ask(
    what: string,
    signal: AbortSignal,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<unknown> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
    let status: number;
    let body: { error?: string };
    try {
      const response = await fetch(`${url}${what}`, {
        ...init,
        headers: { ...headers, ...init.headers },
        signal: limit,
      });
      status = response.status;
      body = (await response.json()) as { error?: string };
    } catch (error) {
      throw new Unanswered(what, error);
    }
    if (status === 404) return null;
    if (status >= 500) throw new Unanswered(`${what}: HTTP ${status}`);
    if (status === 200) return body;
    throw new SeamlineError("provider_refused", `the payment provider refuses ${what}: HTTP ${status} ${body.error}`);
  }

  const move =
    <O extends Operation>(operation: O) =>
    async (key: string, request: RequestOf<O>, signal: AbortSignal): Promise<Charge> => {
      const init = { method: "POST", headers: { "idempotency-key": key }, body: JSON.stringify(request) };
      return understood(Charge, `/${operation}`, await ask(`/${operation}`, signal, init));
    };

  return {
    authorize: move("authorize"),
    capture: move("capture"),
    void: move("void"),
    refund: move("refund"),
    async status(key, signal) {
      const path = `/requests/${encodeURIComponent(key)}`;
      const answer = await ask(path, signal);
      return answer === null ? null : understood(Charge, path, answer);
    },
    async charges(after, signal) {
      const path = after === null ? "/charges" : `/charges?after=${after}`;
      return understood(ChargePage, path, await ask(path, signal));
    },
    isAlive: (signal) =>
      ask("/livez", signal).then(
        () => true,
        () => false,
      ),
    verifyWebhook: ({ signature, ...hook }) => isSame(signature, signatureOf(secret, hook)),
  };
}

/** An answer of another shape says as little as none. */
function understood<S extends z.ZodType>(schema: S, what: string, answer: unknown): z.output<S> {
  const read = schema.safeParse(answer);
  if (!read.success) throw new Unanswered(`${what} that can be understood`, read.error);
  return read.data;
}
