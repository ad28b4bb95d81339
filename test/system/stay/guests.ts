import assert from "node:assert/strict";
import type { Browser, BrowserContextOptions } from "playwright-core";
import type { Client, User } from "seamline";
import stay from "../../../apps/stay/app.ts";
import { openHouse, type Clients, type House } from "../../../apps/stay/bookings/testing.ts";
import type { search } from "../../../apps/shared/search/contract.ts";
import { addDays, todayAt } from "../../../apps/stay/dates.ts";
import { text } from "../../../apps/stay/web/text.ts";
import { withAnyPorts } from "../../../src/deploy/ports.ts";
import { createIdentities } from "../../../src/kernel/identity.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import { visit, type Visitor } from "../../suites/browser.ts";
import { bringUp, until, type Deployed } from "../../suites/deployed.ts";
import { fill, press, signUp } from "../browser/people.ts";

/** Stay as its guests meet it: in a browser, at houses that somebody lets. */

export const { ko, en } = text;

export interface Stay {
  readonly deployed: Deployed;
  readonly url: string;
  /** A published house that can be found and booked; the same one each time where nothing else is asked for. */
  house(change?: Parameters<typeof openHouse>[1]): Promise<House>;
  visitor(options?: BrowserContextOptions & { script?: boolean }): Promise<Visitor>;
  /** Kills the process of a module, and each that is started in its place, until the result is disposed of. */
  keepDown(...modules: string[]): AsyncDisposable;
  /** The day so many days from that on which the tests began, so that no midnight comes between two of them. */
  day(inDays: number): string;
  moveClock(byMs: number): Promise<void>;
}

export async function openStay(browser: Browser, topology: Topology): Promise<Stay> {
  const appUrl = import.meta.resolve("../../../apps/stay/app.ts");
  const deployed = await bringUp({ app: stay, appUrl, topology: withAnyPorts(topology) });
  try {
    const asks = await deployed.asks(stay);
    const identities = createIdentities(deployed.keys.identityPublicKey, deployed.keys.identityPrivateKey);
    const as = (user: User) => asks().as(identities.issue(user)) as unknown as Clients;
    const today = todayAt(new Date());
    let ordinary: Promise<House> | undefined;
    const open = async (change?: Parameters<typeof openHouse>[1]): Promise<House> => {
      const house = await openHouse(as, change);
      const finder = asks()["search"] as Client<typeof search>;
      const findable = async () => (await finder.search({ kind: "listing" })).hits.some(({ id }) => id === house.id);
      await until("the house can be found", findable);
      return house;
    };
    return {
      deployed,
      url: deployed.url("stay-web").replace("127.0.0.1", "localhost"),
      house: (change) => (change === undefined ? (ordinary ??= open()) : open(change)),
      visitor: (options) => visit(browser, deployed.url("stay-web").replace("127.0.0.1", "localhost"), options),
      keepDown: (...modules) => keepDown(deployed, modules),
      day: (inDays) => addDays(today, inDays),
      async moveClock(byMs) {
        await deployed.deployment.moveClock(byMs);
      },
    };
  } catch (error) {
    await deployed.stop();
    throw error;
  }
}

function keepDown(deployed: Deployed, modules: readonly string[]): AsyncDisposable {
  const held = modules.map((name) => ({ id: `${name}#0`, ...deployed.keepDown(`${name}#0`) }));
  return {
    async [Symbol.asyncDispose]() {
      for (const { release } of held) release();
      await Promise.all(held.map(({ id, killed }) => deployed.isBack(id, killed)));
    },
  };
}

/** The page of a house, with dates and guests. */
export function houseAddress({ id }: House, stay: Stay, inDays: number, nights = 2, guests = 2): string {
  const query = new URLSearchParams({ from: stay.day(inDays), to: stay.day(inDays + nights), guests: String(guests) });
  return `/listings/${id}?${query}`;
}

/** Holds a house's nights and stays on the booking's page. Returns its path. */
export async function hold(visitor: Visitor, stay: Stay, house: House, inDays: number): Promise<string> {
  const { page } = visitor;
  await page.goto(houseAddress(house, stay, inDays));
  assert.equal(await press(page, "#book-form button"), 200);
  return new URL(page.url()).pathname;
}

/** How the booking on the page stands. */
export function stateOf({ page }: Visitor): Promise<string | null> {
  return page.locator(".state").first().getAttribute("data-state");
}

/** Waits until the booking's page, which looks again by itself, says so. */
export async function shows({ page }: Visitor, selector: string): Promise<void> {
  await page.locator(selector).waitFor({ timeout: 30_000 });
}

export async function pay({ page }: Visitor, card = "card-ok"): Promise<void> {
  await page.locator(`#pay-form input[value="${card}"]`).check();
  await press(page, "#pay-form button");
}

export { fill, press, signUp };
