import { Random } from "../../shared/seed/random.ts";
import type { Place } from "../places.ts";
import { Drawing } from "./drawing.ts";
import type { Mood } from "./palette.ts";
import { bedroom, paperRoom } from "./rooms.ts";
import * as scenes from "./scenes.ts";
import type { Scene } from "./scenes.ts";

/** The pictures of made-up houses: drawn, since nobody has been there with a camera. */

export interface Picture {
  /** What is to be seen, for those who do not see it. */
  readonly alt: string;
  /** Which houses may show it. */
  readonly place: Place;
  readonly kind: "outside" | "inside";
  toSvg(pixels: number): string;
}

type Outside = readonly [place: Place, scene: Scene, mood: Mood, alt: string];

const outside: readonly Outside[] = [
  ["seoul", scenes.oldCity, "spring", "벚꽃이 날리는 북촌의 한옥과 멀리 보이는 남산 타워"],
  ["seoul", scenes.riverCity, "dusk", "해 질 녘 한강 다리와 불이 켜지는 도시"],
  ["busan", scenes.bay, "night", "바다 위 다리와 도시의 야경"],
  ["busan", scenes.beachHouse, "summer", "모래밭 앞에 선 하얀 집과 여름 바다"],
  ["jeju", scenes.tangerineField, "summer", "귤밭과 돌담 사이의 돌집, 뒤로 보이는 한라산"],
  ["jeju", scenes.lavaShore, "spring", "검은 바위 해안과 유채꽃, 푸른 지붕의 돌집"],
  ["gangneung", scenes.pineShore, "sunset", "소나무 사이로 해가 떠오르는 바다"],
  ["gangneung", scenes.beachHouse, "mist", "안개가 걷히는 아침 바닷가의 집"],
  ["sokcho", scenes.rockPeaks, "winter", "눈 덮인 바위산 아래의 오두막"],
  ["sokcho", scenes.harbour, "summer", "배가 떠 있는 항구와 색색의 지붕"],
  ["gyeongju", scenes.royalTombs, "spring", "벚꽃 핀 고분 앞의 한옥"],
  ["gyeongju", scenes.hanokYard, "dusk", "저녁 불빛이 새어 나오는 한옥과 장독대"],
  ["jeonju", scenes.hanokYard, "autumn", "감나무가 있는 한옥 마당의 가을"],
  ["jeonju", scenes.hanokYard, "winter", "눈 내리는 한옥 마을"],
  ["yeosu", scenes.bay, "dusk", "노을이 남은 밤바다와 다리의 불빛"],
  ["yeosu", scenes.islandSea, "sunset", "섬 사이로 지는 해와 돛단배"],
  ["tongyeong", scenes.islandSea, "summer", "섬이 점점이 보이는 언덕 위의 하얀 집"],
  ["tongyeong", scenes.harbour, "sunset", "노을 진 항구 마을"],
  ["namhae", scenes.riceTerraces, "summer", "바다로 내려가는 다랑논과 붉은 지붕의 집"],
  ["namhae", scenes.riceTerraces, "autumn", "황금빛 다랑논 너머의 바다"],
  ["andong", scenes.riverBend, "mist", "강가에 안개가 낀 고택의 아침"],
  ["andong", scenes.riverBend, "autumn", "단풍 든 강가의 고택"],
  ["gapyeong", scenes.lake, "autumn", "단풍 든 호숫가의 오두막"],
  ["gapyeong", scenes.lake, "night", "별이 쏟아지는 호숫가, 불 켜진 오두막"],
];

/** Rooms look out on their own place. */
const inside: readonly Outside[] = [
  ["seoul", scenes.riverCity, "night", "강이 내려다보이는 침실"],
  ["busan", scenes.bay, "sunset", "바다가 보이는 침실"],
  ["jeju", scenes.tangerineField, "winter", "귤밭이 보이는 침실"],
  ["gangneung", scenes.pineShore, "mist", "솔숲과 바다가 보이는 침실"],
  ["sokcho", scenes.rockPeaks, "summer", "설악산이 보이는 침실"],
  ["gyeongju", scenes.royalTombs, "autumn", "문을 열면 고분이 보이는 한옥 방과 찻상"],
  ["jeonju", scenes.hanokYard, "spring", "마당으로 열린 한옥 방과 찻상"],
  ["yeosu", scenes.islandSea, "night", "밤바다가 보이는 침실"],
  ["tongyeong", scenes.harbour, "spring", "항구가 보이는 침실"],
  ["namhae", scenes.riceTerraces, "dusk", "다랑논과 바다가 보이는 침실"],
  ["andong", scenes.riverBend, "summer", "강 쪽으로 문을 연 고택의 방"],
  ["gapyeong", scenes.lake, "winter", "눈 내린 호수가 보이는 침실"],
];
const papered = new Set<Place>(["gyeongju", "jeonju", "andong"]);

/** All pictures, always in the same order. */
export function pictures(seed: string): Picture[] {
  const chance = (of: string): Random => new Random(`${seed}/pictures/${of}`);
  const views = outside.map(([place, scene, mood, alt], index): Picture => ({
    alt,
    place,
    kind: "outside",
    toSvg(pixels) {
      const drawing = new Drawing(chance(`outside ${index}`), mood);
      scene(drawing);
      return drawing.toSvg(pixels);
    },
  }));
  const rooms = inside.map(([place, scene, mood, alt], index): Picture => ({
    alt,
    place,
    kind: "inside",
    toSvg(pixels) {
      const drawing = new Drawing(chance(`inside ${index}`), "spring");
      const room = papered.has(place) ? paperRoom : bedroom;
      room(drawing, { random: chance(`view ${index}`), mood, scene });
      return drawing.toSvg(pixels);
    },
  }));
  return [...views, ...rooms];
}
