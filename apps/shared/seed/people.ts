import { base, Faker, ko } from "@faker-js/faker";
import { Random } from "./random.ts";

/** Names of made-up people, all different: 김민준, 이서연, 김민준2, … */
export function* usernames(name: string, count: number): Generator<string> {
  const faker = new Faker({ locale: [ko, base], seed: new Random(name).word() });
  const times = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const plain = `${faker.person.lastName()}${faker.person.firstName()}`.replace(/[^가-힣]/g, "");
    const time = (times.get(plain) ?? 0) + 1;
    times.set(plain, time);
    yield time === 1 ? plain : `${plain}${time}`;
  }
}
