import { scenario, type Chance, type Newcomer, type ScenarioAnswer, type Step } from "seamline";
import { foundIn, get, ledTo, send, showsAll, ticketIn } from "../../shared/scenario.ts";
import { seedOf, sizes, type Size } from "../generate.ts";
import { guestNames, hostNames } from "../made/people.ts";
import { seed } from "../seed.ts";
import { signIn, writes, type Member } from "./traveller.ts";

const people = 1000;

/** A guest who has been somewhere, or the host of houses: half of the people each. */
interface Speaker extends Member {
  readonly part: "guest" | "host";
  /** What the page in hand has links to, and the one that was taken. */
  houses: readonly string[];
  house: string;
  stay: string;
  review: string;
}

const isGuest = ({ part }: Speaker): boolean => part === "guest";
const isHost = ({ part }: Speaker): boolean => part === "host";

/** Made once for each size: the same names as the generated data have. */
const names = new Map<string, Readonly<Record<Speaker["part"], readonly string[]>>>();

function nameOf(number: number, size: Size, part: Speaker["part"]): string {
  const own = seedOf(seed, size);
  const made = names.get(size) ?? {
    guest: guestNames(own, sizes[size], people / 2),
    host: hostNames(own, sizes[size], people / 2),
  };
  names.set(size, made);
  return made[part][Math.floor(number / 2) % made[part].length]!;
}

function speaker({ number, size }: Newcomer): Speaker {
  const part = number % 2 === 0 ? "guest" : "host";
  const name = size === null ? null : nameOf(number, size as Size, part);
  return { name, part, ticket: "", houses: [], house: "", stay: "", review: "" };
}

const id = "[0-9a-f-]{36}";

/** The best houses, and what is said of one of them. */
const read: Step<Speaker>["requests"] = [
  {
    request: () => get("/search?sort=-rating"),
    check(answer, person) {
      person.houses = foundIn(answer.body, new RegExp(`href="/listings/(${id})[^"]*"`, "g"));
      return showsAll(answer) ?? (person.houses.length === 0 ? "the page shows no house" : null);
    },
  },
  {
    request: ({ houses }, random) => get(`/listings/${random.pick(houses)}`),
    check: (answer) => showsAll(answer, 'id="reviews"'),
  },
];

/** A review of the last stay that has none. */
const review: Step<Speaker>["requests"] = [
  {
    needed: isGuest,
    request: () => get("/reviews/new"),
    check(answer, person) {
      person.stay = foundIn(answer.body, new RegExp(`href="/reviews/new[?]stay=(${id})"`, "g"))[0] ?? "";
      return showsAll(answer, 'class="guests"') ?? (person.stay === "" ? "the page shows no stay to review" : null);
    },
    refusals: {
      noStayYet: ({ status, body }) => status === 403 && body.includes('id="not-a-guest"'),
      allReviewed: ({ status, body }) => status === 200 && body.includes('class="guests"') && !body.includes("?stay="),
    },
  },
  {
    needed: isGuest,
    request: ({ stay }) => get(`/reviews/new?stay=${stay}`),
    check(answer, person) {
      person.ticket = ticketIn(answer.body, `/reviews/new?stay=${person.stay}`);
      return showsAll(answer, 'id="review-form"');
    },
    refusals: { reviewedMeanwhile: isReviewed },
  },
  {
    needed: isGuest,
    request: ({ stay, ticket }, random) =>
      send(`/reviews/new?stay=${stay}`, { stars: `${1 + random.below(5)}`, content: wordsOf(random), token: ticket }),
    check: (answer) => ledTo(answer, new RegExp(`^/listings/${id}[^#]*#reviews$`)),
    refusals: { reviewedMeanwhile: ({ status, body }) => status === 409 && body.includes('id="problems"') },
    writes,
    look: { request: ({ stay }) => get(`/reviews/new?stay=${stay}`), shows: isReviewed },
  },
];

/** A reply to one of the reviews of a house of one's own; an earlier one gives way. */
const reply: Step<Speaker>["requests"] = [
  {
    needed: isHost,
    request: () => get("/host"),
    check(answer, person) {
      person.houses = foundIn(answer.body, new RegExp(`href="/host/listings/(${id})/reviews"`, "g"));
      return showsAll(answer, 'id="houses"') ?? (person.houses.length === 0 ? "the page shows no house" : null);
    },
    refusals: { noHouse: isWithoutHouse },
  },
  {
    needed: isHost,
    request(person, random) {
      person.house = random.pick(person.houses);
      return get(`/host/listings/${person.house}/reviews`);
    },
    check(answer, person) {
      person.review = foundIn(answer.body, new RegExp(`href="/host/reviews/(${id})"`, "g"))[0] ?? "";
      return showsAll(answer, 'class="said"') ?? (person.review === "" ? "the page shows no review" : null);
    },
    refusals: {
      noReview: ({ status, body }) => status === 200 && body.includes('class="said"') && body.includes('class="empty"'),
    },
  },
  {
    needed: isHost,
    request: ({ review: one }) => get(`/host/reviews/${one}`),
    check(answer, person) {
      person.ticket = ticketIn(answer.body, `/host/reviews/${person.review}`);
      return showsAll(answer, 'id="reply-form"');
    },
  },
  {
    needed: isHost,
    request: ({ review: one, ticket }, random) =>
      send(`/host/reviews/${one}`, { content: wordsOf(random), token: ticket }),
    check: (answer) => ledTo(answer, new RegExp(`^/host/listings/${id}/reviews`)),
    writes,
  },
];

function isReviewed({ status, body }: ScenarioAnswer): boolean {
  return status === 200 && body.includes('id="already-reviewed"');
}

/** The page shows the houses, and there are none. */
function isWithoutHouse({ status, body }: ScenarioAnswer): boolean {
  const houses = /<section id="houses"[^]*?<\/section>/.exec(body)?.[0] ?? "";
  return status === 200 && houses.includes('class="empty"');
}

const words = [
  "조용하고 깨끗했습니다.",
  "주인이 친절했습니다.",
  "다시 오고 싶습니다.",
  "길 찾기가 쉬웠습니다.",
] as const;

function wordsOf(random: Chance): string {
  return `${random.pick(words)} ${random.pick(words)}`;
}

/**
 * People who read what is said of houses, and who say something: guests review their stays, and hosts reply. A stay has
 * one review, so guests run out of them, which the page tells them honestly; hosts may always reply.
 */
export default scenario<Speaker>({
  says: { en: "guests who review their stays, and hosts who reply", ko: "후기를 쓰는 손님과 답하는 주인" },
  people,
  person: speaker,
  visit: { first: ["signIn"], steps: 20 },
  steps: {
    signIn: { feature: "signIn", weight: 0, requests: signIn },
    read: { feature: "read", weight: 80, requests: read },
    speak: { feature: "speak", weight: 20, requests: [...review, ...reply] },
  },
});
