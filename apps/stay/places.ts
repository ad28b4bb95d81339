import { z } from "zod";

/** Where a house can be: what people search by. */
export const places = {
  seoul: { ko: "서울", en: "Seoul" },
  busan: { ko: "부산", en: "Busan" },
  jeju: { ko: "제주", en: "Jeju" },
  gangneung: { ko: "강릉", en: "Gangneung" },
  sokcho: { ko: "속초", en: "Sokcho" },
  gyeongju: { ko: "경주", en: "Gyeongju" },
  jeonju: { ko: "전주", en: "Jeonju" },
  yeosu: { ko: "여수", en: "Yeosu" },
  tongyeong: { ko: "통영", en: "Tongyeong" },
  namhae: { ko: "남해", en: "Namhae" },
  andong: { ko: "안동", en: "Andong" },
  gapyeong: { ko: "가평", en: "Gapyeong" },
} as const;

export type Place = keyof typeof places;
export const placeSlugs = Object.keys(places) as [Place, ...Place[]];
export const Place = z.enum(placeSlugs);
