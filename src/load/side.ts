import type { Client } from "undici";
import type { ScenarioRequest } from "../module/scenario.ts";
import { SeededChance, seedOf } from "./chance.ts";
import { Connections, type Handler } from "./connections.ts";
import { Looks } from "./look.ts";
import type { LoadColumn, LoadPlan } from "./plan.ts";
import type { Program } from "./program.ts";
import { Itinerary } from "./schedule.ts";
import { Visitor } from "./visitor.ts";

/** One column as the generator knows it: connections that stay open, the people who visit it, and where they are. */
export class Side {
  readonly name: string;
  /** Its place among the plan's columns. */
  readonly place: number;
  readonly itinerary: Itinerary;
  readonly looks: Looks;
  readonly #plan: LoadPlan;
  readonly #program: Program;
  readonly #pages: Connections;
  readonly #parts: ReadonlyMap<string, Connections>;
  readonly #visitors = new Map<number, Visitor>();

  constructor(column: LoadColumn, place: number, plan: LoadPlan, program: Program) {
    this.name = column.name;
    this.place = place;
    this.#plan = plan;
    this.#program = program;
    this.looks = new Looks(
      () => performance.now(),
      (part) => this.connectionsTo(part),
    );
    this.itinerary = new Itinerary(program.scenario);
    this.#pages = new Connections(column.url, plan.hangMs);
    const parts = Object.entries(column.parts ?? {});
    this.#parts = new Map(parts.map(([part, url]) => [part, new Connections(url, plan.hangMs)]));
  }

  visitor(number: number): Visitor {
    let visitor = this.#visitors.get(number);
    if (visitor === undefined) {
      const { scenario, size, clockOffsetMs } = this.#plan;
      const random = new SeededChance(seedOf(`${scenario}/person/${number}`));
      const now = new Date(Date.now() + clockOffsetMs);
      visitor = new Visitor(this.#program.scenario.person({ number, size, random, now }));
      this.#visitors.set(number, visitor);
    }
    return visitor;
  }

  /** Where requests to a part go; undefined: to the pages. */
  connectionsTo(part: string | undefined): Connections {
    return (part === undefined ? undefined : this.#parts.get(part)) ?? this.#pages;
  }

  async close(): Promise<void> {
    await this.looks.close();
    await Promise.all([this.#pages, ...this.#parts.values()].map((connections) => connections.close()));
  }
}

/** @throws where there can be no such request */
export function dispatch(client: Client, request: ScenarioRequest, cookie: string, handler: Handler): void {
  const { method, path, headers, body = null } = request;
  client.dispatch({ method, path, headers: cookie === "" ? headers : { ...headers, cookie }, body }, handler);
}
