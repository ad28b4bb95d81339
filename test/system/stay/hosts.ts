import pg from "pg";
import sharp from "sharp";
import type { Client, User } from "seamline";
import stay from "../../../apps/stay/app.ts";
import type { accounts } from "../../../apps/shared/accounts/contract.ts";
import type { Clients } from "../../../apps/stay/bookings/testing.ts";
import type { reviews } from "../../../apps/stay/reviews/contract.ts";
import { createIdentities } from "../../../src/kernel/identity.ts";
import type { Visitor } from "../../suites/browser.ts";
import type { Deployed } from "../../suites/deployed.ts";
import { fill, press, signUp } from "../browser/people.ts";
import type { Stay } from "./guests.ts";

/** Stay as its hosts and admins meet it, and what the tests must know of its inside. */

export interface Hosting {
  readonly deployed: Deployed;
  visitor(script?: boolean, locale?: string): Promise<Visitor>;
  /** Calls as who has this name on the pages. */
  as(name: string): Promise<Clients & { readonly reviews: Client<typeof reviews> }>;
  /** Makes an admin out of who has this name. Sessions know it with their next look. */
  promote(name: string): Promise<void>;
  sql(module: string, text: string, values?: unknown[]): Promise<pg.QueryResult>;
}

export async function hostingOf({ deployed, visitor }: Stay): Promise<Hosting> {
  const asks = await deployed.asks(stay);
  const identities = createIdentities(deployed.keys.identityPublicKey, deployed.keys.identityPrivateKey);
  const find = async (name: string): Promise<User> => {
    const user = await (asks()["accounts"] as Client<typeof accounts>).findByHandle({ handle: name });
    if (user === null) throw new Error(`nobody is called ${name}`);
    return user;
  };
  const sql: Hosting["sql"] = async (module, text, values = []) => {
    const { host, port, database, user, password, schema } = deployed.deployment.stores()[module]!;
    const client = new pg.Client({ host, port, database, user, password, options: `-c search_path=${schema}` });
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  };
  return {
    deployed,
    sql,
    visitor: (script = false, locale = "ko-KR") => visitor({ script, locale }),
    as: async (name) => asks().as(identities.issue(await find(name))) as unknown as Awaited<ReturnType<Hosting["as"]>>,
    async promote(name) {
      await sql("accounts", "update users set roles = array['admin'] where id = $1", [(await find(name)).id]);
    },
  };
}

/** A picture as a camera might send it, larger than one piece of an upload. */
export function photograph(background: string): Promise<Buffer> {
  return sharp({
    create: { width: 900, height: 600, channels: 3, background, noise: { type: "gaussian", mean: 128, sigma: 60 } },
  })
    .png()
    .toBuffer();
}

/** Writes a house down and stays on its page. Returns its id. */
export async function writeHouse({ page }: Visitor, title: string): Promise<string> {
  await page.goto("/host/listings/new");
  await fill(page, {
    title,
    description: "바다가 내려다보이는 언덕 위의 작은 집입니다.",
    nightly: "90,000",
    cleaning: "10000",
  });
  await page.locator("#place").selectOption("sokcho");
  await page.locator("#amenity-sea").check();
  await press(page, "#house-form .button:not(.quiet)");
  return new URL(page.url()).pathname.split("/").at(-1)!;
}

/** Sends a file from the form of the house whose page is open. Returns the status of the page that follows. */
export async function addPhoto({ page }: Visitor, buffer: Buffer, alt: string): Promise<number> {
  await page.locator("#picture").setInputFiles({ name: "photo.png", mimeType: "image/png", buffer });
  await fill(page, { alt });
  return press(page, "#add-photo button");
}

export { fill, press, signUp };
