import type { PageContext, User } from "seamline";
import { eachPlacement, type TestApp } from "../../test/suites/placements.ts";
import type { accounts } from "../shared/accounts/contract.ts";
import app from "./app.ts";
import type { board } from "./board/contract.ts";
import type { comments } from "./comments/contract.ts";

/** What tests of the board's modules have in common. */

type Clients = PageContext<{ accounts: typeof accounts; board: typeof board; comments: typeof comments }>;

export interface Running extends Omit<TestApp, "context" | "as"> {
  readonly context: Clients;
  as(user: User): Clients;
}

/** Runs the tests that `body` declares under every placement of the board. */
export function everywhere(body: (running: () => Running) => void): void {
  eachPlacement(app, import.meta.resolve("./app.ts"), (running) => body(running as unknown as () => Running));
}

export { fails, somebody } from "../shared/testing.ts";
