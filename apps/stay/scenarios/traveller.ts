import type { Chance, Exchange, Newcomer, ScenarioAnswer, Step } from "seamline";
import { foundIn, get, ledTo, send, showsAll, ticketIn } from "../../shared/scenario.ts";
import { addDays, todayAt } from "../dates.ts";
import { seedOf, sizes, type Size } from "../generate.ts";
import { guestNames } from "../made/people.ts";
import { placeSlugs } from "../places.ts";
import { demoPassword, seed } from "../seed.ts";

/** Somebody who looks for a house, and what they do to get one. */
export interface Traveller extends Member {
  /** The day it was when they came. */
  readonly today: string;
  /** What the page in hand has shown. */
  houses: readonly string[];
  house: string;
  from: string;
  to: string;
  total: string;
  /** The address of their booking. */
  trip: string;
}

/** Made once for each size: the same names as the generated data have. */
const names = new Map<string, readonly string[]>();

export function traveller({ number, size, now }: Newcomer, most: number): Traveller {
  const name = size === null ? null : nameOf(number, size as Size, most);
  const today = todayAt(now);
  const page = { houses: [], house: "", from: "", to: "", total: "", ticket: "", trip: "" };
  return { name, today, ...page };
}

function nameOf(number: number, size: Size, most: number): string {
  if (!names.has(size)) names.set(size, guestNames(seedOf(seed, size), sizes[size], most));
  const known = names.get(size)!;
  return known[number % known.length]!;
}

/** Days from now on which little is booked. */
const firstDay = 90;
const days = 240;

/** Some nights that are still to come, for the traveller and for the address. */
function chooseNights(person: Traveller, random: Chance): void {
  person.from = addDays(person.today, firstDay + random.below(days));
  person.to = addDays(person.from, 1 + random.below(3));
}

/** A page of houses; none is an answer too, where the page says so. */
export function lookFor(
  address: (person: Traveller, random: Chance) => string,
  mayBeNone = false,
): Exchange<Traveller> {
  return {
    request: (person, random) => get(address(person, random)),
    check(answer, person) {
      person.houses = foundIn(answer.body, /href="\/listings\/([0-9a-f-]{36})[^"]*"/g);
      if (person.houses.length > 0 || answer.status !== 200) return showsAll(answer);
      return mayBeNone && answer.body.includes('id="nothing"') ? null : "the page shows no house";
    },
  };
}

export const search: Step<Traveller>["requests"] = [
  lookFor((person, random) => {
    chooseNights(person, random);
    const { from, to } = person;
    return `/search?place=${random.pick(placeSlugs)}&from=${from}&to=${to}&guests=${1 + random.below(4)}`;
  }, true),
];

/** The best, or the cheapest, there is. */
export const recommend: Step<Traveller>["requests"] = [
  lookFor((_person, random) => `/search?sort=${random.pick(["-rating", "price"])}`),
];

/** What somebody needs to sign in. */
export interface Member {
  /** null: nobody who could. */
  readonly name: string | null;
  /** Of the form in hand. */
  ticket: string;
}

/** Who is signed in already is led on. */
export const signIn: Step<Member>["requests"] = [
  {
    request: () => get("/login"),
    check(answer, person) {
      person.ticket = ticketIn(answer.body, "/login");
      return answer.status === 303 ? null : showsAll(answer, 'action="/login"');
    },
  },
  {
    needed: ({ ticket }) => ticket !== "",
    request: ({ name, ticket }) =>
      send("/login", { username: name ?? "", password: demoPassword, token: ticket, next: "/trips" }),
    check: (answer) => ledTo(answer, /^\/trips/),
  },
];

/**
 * The key in the ticket of the form that is sent. Under it the booking module keeps what the form did, so it tells what
 * became of the form also where no answer came: `written` in invariants/written.ts.
 */
export const writes = ({ ticket }: Member): string | null => ticket.split(".")[0] || null;

/** From a page of houses to a paid booking. Of several who want the same nights some are told that all is sold out. */
export function book(find: Exchange<Traveller>, house: (houses: readonly string[], random: Chance) => string) {
  const requests: Exchange<Traveller>[] = [
    find,
    {
      request(person, random) {
        person.house = house(person.houses, random);
        return get(`/listings/${person.house}?from=${person.from}&to=${person.to}&guests=1`);
      },
      check(answer, person) {
        person.ticket = ticketIn(answer.body, "/book");
        person.total = /name="total" value="(\d+)"/.exec(answer.body)?.[1] ?? "";
        return showsAll(answer, 'id="book-form"') ?? (person.total === "" ? "the page shows no price" : null);
      },
    },
    {
      request: ({ house: listing, from, to, total, ticket }) =>
        send("/book", { listing, from, to, guests: "1", total, token: ticket }),
      check(answer, person) {
        person.trip = answer.headers["location"] ?? "";
        return ledTo(answer, tripAddress);
      },
      refusals: { soldOut: isSoldOut },
      writes,
      look: { request: ({ trip }) => get(trip), shows: ({ body }) => body.includes('class="statement ') },
    },
    {
      request: ({ trip }) => get(trip),
      check(answer, person) {
        person.ticket = ticketIn(answer.body, `${person.trip}/pay`);
        return showsAll(answer, 'class="statement held"', 'id="pay-form"');
      },
    },
    {
      request: ({ trip, ticket }) => send(`${trip}/pay`, { card: "card-ok", token: ticket }),
      check: (answer) => ledTo(answer, tripAddress),
      writes,
      // That it is on its way is an answer too: the payment is known.
      look: { request: ({ trip }) => get(trip), shows: ({ body }) => /class="statement (?!held)/.test(body) },
    },
    {
      request: ({ trip }) => get(trip),
      check: (answer) => showsAll(answer, 'class="statement confirmed"'),
    },
  ];
  return requests;
}

const tripAddress = /^\/trips\/[0-9a-f-]{36}$/;

/** The page says beside the dates that the nights are gone, and shows the form with which others can be chosen. */
function isSoldOut({ status, body }: ScenarioAnswer): boolean {
  const problems = /id="problems"[\s\S]*?<\/div>/.exec(body)?.[0] ?? "";
  return status === 409 && problems.includes('href="#from"') && body.includes('id="book-form"');
}

/** In the cheapest house of a place, on nights of the traveller's own choice. */
export const reserve: Step<Traveller>["requests"] = book(
  lookFor((person, random) => {
    chooseNights(person, random);
    return `/search?place=${random.pick(placeSlugs)}&from=${person.from}&to=${person.to}&guests=1`;
  }),
  (houses, random) => random.pick(houses),
);

/** All want the same house, the cheapest of the island, on the same night. */
export const race: Step<Traveller>["requests"] = book(
  lookFor((person) => {
    person.from = addDays(person.today, firstDay + days + 7);
    person.to = addDays(person.from, 1);
    // Without the dates, or those who come late would not find it any more.
    return "/search?place=jeju&sort=price";
  }),
  (houses) => houses[0]!,
);
