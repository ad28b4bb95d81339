import { scenario } from "seamline";
import { race, signIn, traveller, type Traveller } from "./traveller.ts";

const people = 1000;

/** Everybody wants one house on one night, once. As many get it as it has rooms; the others are told so. */
export default scenario<Traveller>({
  says: { en: "guests who race for one house and night", ko: "한 숙소의 하룻밤을 다투는 손님들" },
  people,
  person: (newcomer) => traveller(newcomer, people),
  visit: { first: ["signIn", "race"], steps: 0 },
  steps: {
    signIn: { feature: "signIn", weight: 0, requests: signIn },
    race: { feature: "book", weight: 0, requests: race },
  },
});
