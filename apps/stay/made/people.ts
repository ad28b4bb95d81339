import { usernames } from "../../shared/seed/people.ts";
import type { Random } from "../../shared/seed/random.ts";

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly joinedMs: number;
  readonly roles: readonly string[];
}

/** People of names that can be remembered, one for each part there is to play. */
export const demo = { guest: "손님", host: "집주인", admin: "관리자" } as const;

export interface People {
  readonly admin: Person;
  /** The first of both are the people to try things out as; they also have the most to show. */
  readonly hosts: readonly Person[];
  readonly guests: readonly Person[];
}

/** The names of the first `most` guests, as `makePeople` gives them. */
export function guestNames(seed: string, counts: { hosts: number; guests: number }, most: number): string[] {
  const before = counts.hosts - 1;
  const others = Math.min(most, counts.guests) - 1;
  return [demo.guest, ...[...namesOf(seed, before + others)].slice(before)];
}

/** The names of the first `most` hosts, as `makePeople` gives them. */
export function hostNames(seed: string, counts: { hosts: number }, most: number): string[] {
  return [demo.host, ...namesOf(seed, Math.min(most, counts.hosts) - 1)];
}

function namesOf(seed: string, count: number): Iterable<string> {
  return usernames(`${seed}/names`, count);
}

export function makePeople(
  random: Random,
  seed: string,
  counts: { hosts: number; guests: number },
  beginMs: number,
): People {
  const total = counts.hosts + counts.guests - 2;
  const person = (name: string, index: number, roles: readonly string[] = []): Person => {
    const joinedMs = beginMs - (total + 3 - index) * 1000;
    return { id: random.uuid(joinedMs), name, joinedMs, roles };
  };
  const admin = person(demo.admin, 0, ["admin"]);
  const [host, guest] = [person(demo.host, 1), person(demo.guest, 2)];
  const others = [...namesOf(seed, total)].map((name, index) => person(name, index + 3));
  return {
    admin,
    hosts: [host, ...others.slice(0, counts.hosts - 1)],
    guests: [guest, ...others.slice(counts.hosts - 1)],
  };
}
