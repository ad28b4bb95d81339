import { scenario } from "seamline";
import { recommend, reserve, search, signIn, traveller, type Traveller } from "./traveller.ts";

const people = 1000;

/**
 * The mix of DeathStarBench's hotel: 60 % look for free houses, 39 % for the best ones, 0.5 % sign in, 0.5 % book. A
 * booking here is all of it, from the search to the confirmation, paid for.
 */
export default scenario<Traveller>({
  says: { en: "travellers, most of whom only look", ko: "대부분 둘러보기만 하는 여행자들" },
  people,
  person: (newcomer) => traveller(newcomer, people),
  visit: { first: ["signIn"], steps: 20 },
  steps: {
    search: { feature: "search", weight: 60, requests: search },
    recommend: { feature: "recommend", weight: 39, requests: recommend },
    signIn: { feature: "signIn", weight: 0.5, requests: signIn },
    reserve: { feature: "book", weight: 0.5, requests: reserve },
  },
});
