import { fill, some } from "../../shared/seed/grammar.ts";
import type { Random } from "../../shared/seed/random.ts";
import type { amenities, Listing, policies } from "../listings/contract.ts";
import { places, placeSlugs, type Place } from "../places.ts";
import type { Person } from "./people.ts";
import {
  amenityLines,
  closings,
  groups,
  houseNames,
  inland,
  introductions,
  placeWords,
  surroundings,
  titles,
  type Kind,
} from "./words.ts";

/** Made-up houses. */

export interface House {
  readonly id: string;
  readonly host: Person;
  readonly place: Place;
  readonly kind: Kind;
  readonly spot: string;
  readonly title: string;
  readonly capacity: number;
  readonly units: number;
  readonly nightly: number;
  readonly cleaning: number;
  readonly amenities: readonly Amenity[];
  readonly policy: (typeof policies)[number];
  readonly photos: Listing["photos"];
  readonly state: Listing["state"];
  readonly createdMs: number;
  /** What the shown reviews come to. */
  readonly rating: { count: number; sum: number; version: number };
}

type Amenity = (typeof amenities)[number];

/** A picture that houses of a place may show. */
export interface Photo {
  readonly id: string;
  readonly alt: string;
  readonly place: Place;
  readonly kind: "outside" | "inside";
}

/** Won a night for two, and the guests that fit in. */
const ofKind: Record<Kind, { price: number; capacity: readonly number[]; units: readonly number[] }> = {
  hanok: { price: 95_000, capacity: [2, 2, 3, 4, 6], units: [1, 1, 2, 3] },
  stone: { price: 85_000, capacity: [2, 3, 4, 4, 6], units: [1, 1, 1, 2] },
  villa: { price: 110_000, capacity: [2, 4, 4, 6, 8, 10], units: [1, 2, 3, 5] },
  cabin: { price: 100_000, capacity: [2, 2, 3, 4], units: [1, 1, 2, 4] },
  flat: { price: 65_000, capacity: [1, 2, 2, 3, 4], units: [1, 1, 1, 2] },
};

const often: Partial<Record<Amenity, number>> = { wifi: 0.95, kitchen: 0.75, parking: 0.7, aircon: 0.85 };
const seldom = 0.3;

export function makeHouse(
  random: Random,
  index: number,
  host: Person,
  createdMs: number,
  photos: readonly Photo[],
): House {
  const place = placeSlugs[index % placeSlugs.length]!;
  const words = placeWords[place];
  const kind = random.pick(words.kinds);
  const { price, ...sizes } = ofKind[kind];
  const capacity = random.pick(sizes.capacity);
  const spot = random.pick(words.spots);
  const amenities = amenitiesOf(random, place);
  const patterns = amenities.includes("sea") ? titles[kind] : (inland[kind] ?? titles[kind]);
  const wanted = price * words.price * (0.55 + 0.24 * capacity) * (0.85 + 0.4 * random.unit());
  return {
    id: random.uuid(createdMs),
    host,
    place,
    kind,
    spot,
    title: titleOf(random, kind, patterns, place, spot),
    capacity,
    units: random.pick(sizes.units),
    nightly: Math.round(wanted / 1000) * 1000,
    cleaning: random.chance(0.6) ? 10_000 * (1 + random.below(4)) : 0,
    amenities,
    policy: random.pick(["flexible", "flexible", "moderate", "moderate", "strict"]),
    photos: photosOf(random, index, place, photos),
    state: stateOf(index),
    createdMs,
    rating: { count: 0, sum: 0, version: 0 },
  };
}

/** By position, so that even a few houses have one of each. */
function stateOf(index: number): House["state"] {
  return index % 40 === 38 ? "draft" : index % 40 === 37 ? "paused" : "published";
}

function amenitiesOf(random: Random, place: Place): Amenity[] {
  const { views } = placeWords[place];
  const has = (amenity: Amenity): boolean => {
    if (amenity === "sea" || amenity === "mountain") return views.includes(amenity) && random.chance(0.7);
    return random.chance(often[amenity] ?? seldom);
  };
  return (Object.keys(amenityLines) as Amenity[]).filter(has);
}

function titleOf(random: Random, kind: Kind, patterns: readonly string[], place: Place, spot: string): string {
  const words = { spot: [spot], name: houseNames[kind] };
  return `${fill(random, words, random.pick(patterns))} · ${places[place].ko}`;
}

/** Two views and a room; neighbours begin with different ones. */
function photosOf(random: Random, index: number, place: Place, photos: readonly Photo[]): House["photos"] {
  const here = photos.filter((photo) => photo.place === place);
  const outside = here.filter(({ kind }) => kind === "outside");
  const turn = Math.floor(index / placeSlugs.length) % outside.length;
  const room = here.filter(({ kind }) => kind === "inside");
  const chosen = [...outside.slice(turn), ...outside.slice(0, turn), ...room];
  // Some show their room first.
  if (random.chance(0.25)) chosen.unshift(chosen.pop()!);
  return chosen.map(({ id, alt }) => ({ media: id, alt }));
}

/** Words for the holes of patterns that are about a house and its place. */
export function wordsOf({ place, spot }: House) {
  const { sights, foods } = placeWords[place];
  return { ...groups, spot: [spot], sight: sights, food: foods };
}

/** Three or four paragraphs. Long, so made only where it is written. */
export function descriptionOf(random: Random, house: House): string {
  const words = wordsOf(house);
  const lines = (list: readonly string[], least: number, most: number): string => {
    const chosen = random.shuffled(list).slice(0, least + random.below(most - least + 1));
    return chosen.map((pattern) => fill(random, words, pattern)).join(" ");
  };
  const rooms = Math.max(1, Math.round(house.capacity / 2));
  const size = `방 ${rooms}개에 최대 ${house.capacity}명까지 머무실 수 있습니다.`;
  const has = random.shuffled(house.amenities).slice(0, 5);
  return [
    `${lines(introductions[house.kind], 1, 2)} ${size}`,
    lines(surroundings, 2, 3),
    ...(has.length > 0 ? [has.map((amenity) => amenityLines[amenity]).join(" ")] : []),
    some(random, 1, 1, () => lines(closings, 1, 2)).join(" "),
  ].join("\n\n");
}
