import { randomUUIDv7 } from "node:crypto";
import type { Input } from "seamline";
import type { listings } from "./contract.ts";

/** A house as a host would write it down. */
export function houseDraft(change: Partial<Input<typeof listings.create>> = {}): Input<typeof listings.create> {
  return {
    title: "바다가 보이는 집",
    description: "창을 열면 파도 소리가 들리는 조용한 집입니다. 아침 해가 방 안까지 들어옵니다.",
    place: "gangneung",
    capacity: 4,
    units: 1,
    nightly: 120_000,
    cleaning: 30_000,
    amenities: ["wifi", "sea"],
    policy: "moderate",
    photos: [{ media: randomUUIDv7(), alt: "창밖의 바다" }],
    ...change,
  };
}
