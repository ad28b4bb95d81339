import { handleOf } from "../shared/accounts/names.ts";
import { Random } from "../shared/seed/random.ts";
import { nightsOf } from "./dates.ts";
import { descriptionOf, makeHouse, type House, type Photo } from "./made/houses.ts";
import { makePeople, type People, type Person } from "./made/people.ts";
import { iso, reviewTexts, startOf, staysIn, timelineOf, type Stay } from "./made/stays.ts";
import { feeOf } from "./listings/contract.ts";
import { entriesOfCapture, entriesOfRefund, type Money } from "./payments/ledger.ts";
import type { Charge } from "./provider/contract.ts";
import { pictures, type Picture } from "./pictures/pictures.ts";
import { toRated } from "./reviews/ratings.ts";

/**
 * Made-up people, houses, bookings and reviews: the same rows, to the byte, for one size, seed and day. Who did what,
 * and when, is made first, so that what the modules know of each other fits; texts are made while rows are asked for, so
 * that L fits in memory.
 */

export const sizes = {
  XS: { hosts: 12, guests: 60, listings: 40, bookings: 130 },
  S: { hosts: 1000, guests: 9000, listings: 5000, bookings: 40_000 },
  L: { hosts: 10_000, guests: 90_000, listings: 50_000, bookings: 400_000 },
} as const;

export type Size = keyof typeof sizes;

/** Rows of one table of one module, in the order of its columns; times are ISO text. May be asked for more than once. */
export interface Table {
  readonly module: string;
  readonly table: string;
  readonly columns: readonly string[];
  rows(): Iterable<readonly unknown[]>;
}

export interface Generated {
  readonly people: People;
  readonly houses: readonly House[];
  readonly stays: readonly Stay[];
  readonly photos: readonly (Photo & Picture)[];
  /** In the order in which they are to be written. */
  tables(password: string): Table[];
  /** What the payment provider has in its books. */
  charges(): Iterable<Charge>;
}

const dayMs = 86_400_000;
/** How long before today it all began, and since when there have been no more new houses. */
const beganDays = 300;
const lastHouseDays = 45;

/** What the people of one size are made from. */
export function seedOf(name: string, size: Size): string {
  return `${name}/${size}`;
}

/** @param today the day it is in Korea: what is made up lies before it, but for the stays to come */
export function generate(size: Size, name: string, today: string): Generated {
  const seed = seedOf(name, size);
  const chance = (of: string): Random => new Random(`${seed}/${of}`);
  const beginMs = startOf(today) - beganDays * dayMs;
  const people = makePeople(chance("people"), seed, sizes[size], beginMs);
  const photos = photosOf(chance("photos"), name, beginMs);
  const houses = housesOf(chance("houses"), size, people, photos, beginMs);
  const stays = staysOf(chance("stays"), size, houses, people, today);
  return {
    people,
    houses,
    stays,
    photos,
    tables: (password) => [
      ...accountTables(people, password),
      listingTable(houses, () => chance("descriptions")),
      ...availabilityTables(houses, stays),
      bookingTable(stays),
      ...paymentTables(stays, () => chance("ledger")),
      ...reviewTables(stays, () => chance("reviews")),
      ...moderationTables(people, stays, () => chance("decisions")),
    ],
    charges: () => chargesOf(stays),
  };
}

function photosOf(random: Random, name: string, beginMs: number): Generated["photos"] {
  return pictures(name).map((picture) => ({ ...picture, id: random.uuid(beginMs) }));
}

function housesOf(random: Random, size: Size, { hosts }: People, photos: readonly Photo[], beginMs: number): House[] {
  const count = sizes[size].listings;
  const stepMs = ((beganDays - lastHouseDays) * dayMs) / count;
  return Array.from({ length: count }, (_, index) =>
    makeHouse(random, index, oneOf(random, hosts, count), Math.floor(beginMs + stepMs * index), photos),
  );
}

function staysOf(random: Random, size: Size, houses: readonly House[], people: People, today: string): Stay[] {
  const open = houses.filter(({ state }) => state !== "draft");
  // Some houses are liked better than others.
  const likes = open.map(() => 0.3 + 1.7 * random.unit() ** 2);
  const each = sizes[size].bookings / likes.reduce((sum, like) => sum + like, 0);
  const references = new Set<string>();
  const stays: Stay[] = [];
  let owed = 0;
  for (const [index, house] of open.entries()) {
    owed += likes[index]! * each;
    const count = Math.floor(owed);
    owed -= count;
    const guest = (): Person => oneOf(random, people.guests, sizes[size].bookings);
    for (const stay of staysIn(random, house, count, guest, today, references)) {
      stays.push(stay);
      rate(stay);
    }
  }
  return stays;
}

/** Somebody; of `times` such choices, about a dozen are the first person, who has something to show in every size. */
function oneOf(random: Random, people: readonly Person[], times: number): Person {
  return random.unit() < Math.min(0.15, 12 / times) ? people[0]! : random.pick(people);
}

function rate({ house: { rating }, review }: Stay): void {
  if (review === null) return;
  // One change when it was published, and one when it was hidden.
  rating.version += review.hidden ? 2 : 1;
  if (review.hidden) return;
  rating.count++;
  rating.sum += review.stars;
}

function accountTables({ admin, hosts, guests }: People, password: string): Table[] {
  const all = [admin, ...hosts, ...guests];
  return [
    {
      module: "accounts",
      table: "users",
      columns: ["id", "name", "password", "roles", "created_at"],
      rows: () => map(all, ({ id, name, roles, joinedMs }) => [id, name, password, roles, iso(joinedMs)]),
    },
    {
      module: "accounts",
      table: "handles",
      columns: ["handle", "user_id", "taken_at"],
      rows: () => map(all, ({ id, name, joinedMs }) => [handleOf(name), id, iso(joinedMs)]),
    },
  ];
}

function listingTable(houses: readonly House[], chance: () => Random): Table {
  return {
    module: "listings",
    table: "listings",
    columns:
      "id author_id author_name state title description place capacity units nightly cleaning amenities policy photos rating_count rating_average rating_version created_at version".split(
        " ",
      ),
    rows() {
      const random = chance();
      return map(houses, (house) => {
        const { id, host, state, title, place, capacity, units, nightly, cleaning, amenities, policy, photos } = house;
        const terms = [capacity, units, nightly, cleaning, amenities, policy, photos];
        const { count, average } = toRated(house.rating);
        const rating = [count, average, house.rating.version];
        const description = descriptionOf(random, house);
        const texts = [title, description, place];
        return [id, host.id, host.name, state, ...texts, ...terms, ...rating, iso(house.createdMs), versionOf(house)];
      });
    },
  };
}

/** Written, published, paused: each was a change. */
export function versionOf({ state }: House): number {
  return { draft: 1, published: 2, paused: 3 }[state];
}

function availabilityTables(houses: readonly House[], stays: readonly Stay[]): Table[] {
  const holdStates = {
    completed: "confirmed",
    confirmed: "confirmed",
    cancelled: "released",
    failed: "released",
    expired: "expired",
  } as const;
  return [
    {
      module: "availability",
      table: "listings",
      columns: ["id", "host_id", "units", "open", "version"],
      rows: () =>
        map(houses, (house) => [house.id, house.host.id, house.units, house.state === "published", versionOf(house)]),
    },
    {
      module: "availability",
      table: "nights",
      columns: ["listing", "night", "taken", "capacity", "blocked"],
      rows: () => nightRows(stays),
    },
    {
      module: "availability",
      table: "holds",
      columns: ["id", "listing", "from_night", "to_night", "units", "state", "expires_at", "placed_at"],
      rows: () =>
        map(stays, ({ id, house, from, to, state, createdMs }) => [
          ...[id, house.id, from, to, 1],
          ...[holdStates[state], null, iso(createdMs)],
        ]),
    },
  ];
}

/** Stays of one house come one after the other, so its nights are counted when the next house begins. */
function* nightRows(stays: readonly Stay[]): Generator<readonly unknown[]> {
  let house: House | null = null;
  let taken = new Map<string, number>();
  const counted = function* (): Generator<readonly unknown[]> {
    for (const [night, count] of taken) yield [house!.id, night, count, house!.units, false];
  };
  for (const stay of stays) {
    if (stay.house !== house) {
      yield* counted();
      house = stay.house;
      taken = new Map();
    }
    if (!isPaid(stay)) continue;
    for (const night of nightsOf(stay)) taken.set(night, (taken.get(night) ?? 0) + 1);
  }
  yield* counted();
}

export function isPaid({ state }: Stay): boolean {
  return state === "completed" || state === "confirmed";
}

function bookingTable(stays: readonly Stay[]): Table {
  return {
    module: "bookings",
    table: "bookings",
    columns:
      "id reference guest_id guest_name listing host_id host_name arrival departure total terms state failure refund_amount refund_state timeline created_at".split(
        " ",
      ),
    rows: () =>
      map(stays, (stay) => {
        const { id, reference, guest, house, from, to, guests, price, state, refund, createdMs } = stay;
        const { host, title, place, photos, policy } = house;
        const { nights, lines, total } = price;
        const terms = { title, place, photo: photos[0] ?? null, policy, nights, guests, lines };
        const people = [guest.id, guest.name, house.id, host.id, host.name];
        const back = refund === null ? [null, null] : [refund.amount, refund.amount === 0 ? "none" : "done"];
        const failure = state === "failed" ? "declined" : null;
        return [
          id,
          reference,
          ...people,
          from,
          to,
          total,
          terms,
          state,
          failure,
          ...back,
          timelineOf(stay),
          iso(createdMs),
        ];
      }),
  };
}

/** When the money of a booking moved. */
function paidAt({ createdMs }: Stay): string {
  return iso(createdMs + 120_700);
}

function refundedOf({ refund }: Stay): number {
  return refund?.amount ?? 0;
}

function moneyOf({ id, price }: Stay): Money {
  return { id, amount: price.total, fee: feeOf(price) };
}

function paymentTables(stays: readonly Stay[], chance: () => Random): Table[] {
  const paid = stays.filter(({ state }) => state !== "expired");
  return [
    {
      module: "payments",
      table: "payments",
      columns: "id amount fee reference state reason refund_asked refunded created_at changed_at".split(" "),
      rows: () =>
        map(paid, (stay) => {
          const { id, amount, fee } = moneyOf(stay);
          const end = stay.state === "failed" ? ["declined", "card_declined"] : ["captured", null];
          const back = refundedOf(stay);
          const changed = stay.refund && back > 0 ? iso(stay.refund.atMs + 1200) : paidAt(stay);
          return [id, amount, fee, stay.reference, ...end, back, back, iso(stay.createdMs + 120_000), changed];
        }),
    },
    {
      module: "payments",
      table: "entries",
      columns: ["transaction", "account", "payment", "kind", "amount", "at"],
      *rows() {
        const random = chance();
        for (const stay of paid) if (stay.state !== "failed") yield* entryRows(random, stay);
      },
    },
  ];
}

function* entryRows(random: Random, stay: Stay): Generator<readonly unknown[]> {
  const money = moneyOf(stay);
  const moves = [{ kind: "capture", amounts: entriesOfCapture(money), at: paidAt(stay) }];
  if (stay.refund && stay.refund.amount > 0) {
    const amounts = entriesOfRefund(money, 0, stay.refund.amount);
    moves.push({ kind: "refund", amounts, at: iso(stay.refund.atMs + 1200) });
  }
  for (const { kind, amounts, at } of moves) {
    const transaction = random.uuid(Date.parse(at));
    for (const [account, amount] of Object.entries(amounts))
      if (amount !== 0) yield [transaction, account, stay.id, kind, amount, at];
  }
}

function* chargesOf(stays: readonly Stay[]): Generator<Charge> {
  for (const stay of stays) {
    if (stay.state === "expired") continue;
    const declined = stay.state === "failed";
    const amount = stay.price.total;
    const end = declined
      ? ({ state: "declined", reason: "card_declined", captured: 0 } as const)
      : ({ state: "captured", reason: null, captured: amount } as const);
    yield { payment: stay.id, amount, ...end, refunded: refundedOf(stay), at: iso(stay.createdMs + 120_000) };
  }
}

function reviewTables(stays: readonly Stay[], chance: () => Random): Table[] {
  const completed = stays.filter(({ state }) => state === "completed");
  const rated = new Set(stays.map(({ house }) => house).filter(({ rating }) => rating.version > 0));
  return [
    {
      module: "reviews",
      table: "stays",
      columns: ["id", "listing", "title", "guest_id", "host_id", "host_name", "arrival", "departure"],
      rows: () =>
        map(completed, ({ id, house, guest, from, to }) => [
          ...[id, house.id, house.title, guest.id],
          ...[house.host.id, house.host.name, from, to],
        ]),
    },
    {
      module: "reviews",
      table: "reviews",
      columns: "id stay listing author_id author_name stars content created_at reply replied_at hidden".split(" "),
      *rows() {
        const random = chance();
        for (const stay of completed) {
          const { review, house, guest } = stay;
          if (review === null) continue;
          const { content, reply } = reviewTexts(random, stay, review);
          const answer = review.repliedMs === null ? [null, null] : [reply, iso(review.repliedMs)];
          const of = [review.id, stay.id, house.id, guest.id, guest.name];
          yield [...of, review.stars, content, iso(review.atMs), ...answer, review.hidden];
        }
      },
    },
    {
      module: "reviews",
      table: "ratings",
      columns: ["listing", "count", "sum", "version"],
      rows: () => map(rated, ({ id, rating: { count, sum, version } }) => [id, count, sum, version]),
    },
  ];
}

/** Each hidden review was hidden for a reason that everybody can read. */
function moderationTables({ admin }: People, stays: readonly Stay[], chance: () => Random): Table[] {
  const hidden = stays.filter(({ review }) => review?.hidden);
  return [
    {
      module: "moderation",
      table: "decisions",
      columns: "id kind target title link decision because by_id by_name at".split(" "),
      rows() {
        const random = chance();
        return map(hidden, ({ review, house }) => {
          const atMs = review!.atMs + 3_600_000;
          const target = ["review", review!.id, house.title, `/listings/${house.id}#reviews`];
          const decision = ["hidden", "숙소와 관계없는 광고라서 가렸습니다", admin.id, admin.name];
          return [random.uuid(atMs), ...target, ...decision, iso(atMs)];
        });
      },
    },
    {
      module: "moderation",
      table: "hidden",
      columns: ["kind", "target"],
      rows: () => map(hidden, ({ review }) => ["review", review!.id]),
    },
  ];
}

function* map<T, R>(items: Iterable<T>, to: (item: T) => R): Generator<R> {
  for (const item of items) yield to(item);
}
