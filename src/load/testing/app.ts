import { randomUUID } from "node:crypto";
import { app } from "../../module/app.ts";
import type { Exchange, Look, ScenarioAnswer, Step } from "../../module/scenario.ts";
import { scenario } from "../../module/scenario.ts";

/** An app of which only the features and scenarios are used: what answers is a test's own server. */

interface Person {
  readonly number: number;
  ticket: string;
}

const get = (path: string, check: (answer: ScenarioAnswer) => string | null, to?: string): Exchange<Person> => ({
  request: () => ({ method: "GET", path, ...(to !== undefined && { to }) }),
  check,
});
const says = (word: string) => (answer: ScenarioAnswer) =>
  answer.body.includes(word) ? null : `the page does not say ${word}`;
const hello = get("/hello", says("hello"));

const signIn: Step<Person>["requests"] = [
  {
    request: () => ({ method: "GET", path: "/login" }),
    check(answer, person) {
      person.ticket = answer.body;
      return person.ticket === "" ? "no ticket" : null;
    },
  },
  {
    request: ({ number, ticket }) => ({ method: "POST", path: "/login", body: `${number} ${ticket}` }),
    check: ({ headers }) => (headers["location"] === "/" ? null : "not signed in"),
  },
];

const write: Exchange<Person> = {
  request(person) {
    person.ticket = randomUUID();
    return { method: "POST", path: "/write", body: person.ticket };
  },
  check: says("done"),
  writes: ({ ticket }) => ticket,
};

const refusals: Exchange<Person>["refusals"] = {
  soldOut: ({ status, body }) => status === 409 && body.includes("sold out"),
};

const look: Look<Person> = {
  request: ({ ticket }) => ({ method: "GET", path: `/written/${ticket}` }),
  shows: ({ body }, id) => body.includes(id),
};

export default app("load-test", {
  modules: { nothing: () => Promise.reject(new Error("nothing here is started")) },
  features: {
    hello: { says: { en: "a greeting", ko: "인사" }, promiseMs: 500 },
    list: { says: { en: "a list", ko: "목록" }, promiseMs: 500 },
    signIn: { says: { en: "signing in", ko: "로그인" }, promiseMs: 5000 },
    mine: { says: { en: "what is mine", ko: "내 것" }, promiseMs: 5000 },
  },
  scenarios: {
    hello: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "readers", ko: "읽는 사람들" },
          people: 1000,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { steps: 3 },
          steps: {
            hello: { feature: "hello", weight: 3, requests: [hello] },
            list: { feature: "list", weight: 1, requests: [get("/list", says("[]"), "lists")] },
          },
        }),
      }),
    choosy: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "readers of what they have", ko: "가진 것만 읽는 사람들" },
          people: 1000,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { steps: 3 },
          steps: {
            list: {
              ...{ feature: "list", weight: 1 },
              requests: [
                { ...hello, needed: () => false },
                get("/list", says("[]")),
                { ...hello, needed: () => false },
              ],
            },
          },
        }),
      }),
    members: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "members", ko: "회원들" },
          people: 20,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { first: ["signIn"], steps: 4 },
          steps: {
            signIn: { feature: "signIn", weight: 0, requests: signIn },
            mine: { feature: "mine", weight: 1, requests: [get("/mine", says("yours"))] },
          },
        }),
      }),
    writers: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "who writes", ko: "쓰는 사람들" },
          people: 1000,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { steps: 3 },
          steps: { write: { feature: "mine", weight: 1, requests: [write] } },
        }),
      }),
    buyers: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "who buys what may be sold out", ko: "매진될 수 있는 것을 사는 사람들" },
          people: 1000,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { steps: 3 },
          steps: {
            buy: { feature: "mine", weight: 1, requests: [{ ...write, refusals }, get("/mine", says("yours"))] },
          },
        }),
      }),
    lookers: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "who writes and looks", ko: "쓰고 확인하는 사람들" },
          people: 1000,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { steps: 3 },
          steps: { write: { feature: "mine", weight: 1, requests: [{ ...write, look }] } },
        }),
      }),
    lost: () =>
      Promise.resolve({
        default: scenario<Person>({
          says: { en: "with a feature that is none", ko: "없는 기능" },
          people: 1,
          person: ({ number }) => ({ number, ticket: "" }),
          visit: { steps: 1 },
          steps: { hello: { feature: "greeting", weight: 1, requests: [hello] } },
        }),
      }),
  },
});
