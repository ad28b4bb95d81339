import type { Place } from "../places.ts";

/** Words for made-up houses, in groups that fit one another. */

export const kinds = ["hanok", "stone", "villa", "cabin", "flat"] as const;
export type Kind = (typeof kinds)[number];

interface PlaceWords {
  /** Which kinds of houses there are, the usual ones more than once. */
  readonly kinds: readonly Kind[];
  readonly spots: readonly string[];
  readonly sights: readonly string[];
  readonly foods: readonly string[];
  readonly views: readonly ("sea" | "mountain")[];
  /** Of the price of the same house elsewhere. */
  readonly price: number;
}

const split = (text: string): string[] => text.split("|");

export const placeWords: Record<Place, PlaceWords> = {
  seoul: {
    kinds: ["hanok", "flat", "flat"],
    spots: split("북촌|서촌|연남동|성수동|익선동|해방촌"),
    sights: split("경복궁|한강 공원|남산|창덕궁|서울숲"),
    foods: split("설렁탕|칼국수|빈대떡|족발"),
    views: ["mountain"],
    price: 1.25,
  },
  busan: {
    kinds: ["flat", "villa", "villa"],
    spots: split("광안리|해운대|영도|송정|기장"),
    sights: split("광안대교|해동용궁사|감천문화마을|이기대 산책길"),
    foods: split("돼지국밥|밀면|씨앗호떡|곰장어"),
    views: ["sea"],
    price: 1.1,
  },
  jeju: {
    kinds: ["stone", "stone", "villa"],
    spots: split("애월|구좌|성산|협재|조천|한림|서귀포"),
    sights: split("성산일출봉|비자림|협재 해변|오름|돌문화공원"),
    foods: split("고기국수|갈치조림|흑돼지|전복죽"),
    views: ["sea", "mountain"],
    price: 1.2,
  },
  gangneung: {
    kinds: ["villa", "villa", "hanok"],
    spots: split("경포|안목|사천진|주문진|강문"),
    sights: split("경포호|안목 커피 거리|오죽헌|정동진"),
    foods: split("초당순두부|장칼국수|물회|커피콩빵"),
    views: ["sea"],
    price: 1.05,
  },
  sokcho: {
    kinds: ["cabin", "villa"],
    spots: split("영랑호|청초호|외옹치|설악동|대포항"),
    sights: split("설악산|영금정|아바이마을|속초 중앙시장"),
    foods: split("오징어순대|닭강정|물회|생선구이"),
    views: ["sea", "mountain"],
    price: 1,
  },
  gyeongju: {
    kinds: ["hanok", "hanok", "villa"],
    spots: split("황리단길|교촌마을|보문호|양동마을|황남동"),
    sights: split("대릉원|첨성대|불국사|동궁과 월지"),
    foods: split("황남빵|쌈밥|찰보리빵|한우물회"),
    views: ["mountain"],
    price: 1,
  },
  jeonju: {
    kinds: ["hanok", "hanok", "flat"],
    spots: split("한옥마을|교동|풍남동|객사길|자만마을"),
    sights: split("경기전|전동성당|오목대|남부시장"),
    foods: split("비빔밥|콩나물국밥|물짜장|초코파이"),
    views: ["mountain"],
    price: 0.9,
  },
  yeosu: {
    kinds: ["villa", "villa", "flat"],
    spots: split("돌산|종포|소호|웅천|낭도"),
    sights: split("오동도|향일암|여수 밤바다|이순신광장"),
    foods: split("게장|갓김치|서대회|돌문어"),
    views: ["sea"],
    price: 1.05,
  },
  tongyeong: {
    kinds: ["villa", "stone"],
    spots: split("강구안|동피랑|미륵도|산양|도남"),
    sights: split("미륵산 케이블카|서피랑|한산도|중앙시장"),
    foods: split("충무김밥|꿀빵|굴국밥|멍게비빔밥"),
    views: ["sea"],
    price: 0.95,
  },
  namhae: {
    kinds: ["stone", "villa"],
    spots: split("다랭이마을|독일마을|상주|미조|지족"),
    sights: split("금산 보리암|상주 은모래 해변|죽방렴|양떼목장"),
    foods: split("멸치쌈밥|유자빵|갈치구이|해물칼국수"),
    views: ["sea"],
    price: 0.95,
  },
  andong: {
    kinds: ["hanok"],
    spots: split("하회마을|월영교|도산|임하|풍산"),
    sights: split("병산서원|도산서원|하회마을|월영교"),
    foods: split("찜닭|간고등어|헛제삿밥|안동국시"),
    views: ["mountain"],
    price: 0.85,
  },
  gapyeong: {
    kinds: ["cabin", "cabin", "villa"],
    spots: split("청평호|자라섬|설악면|북면|남이섬"),
    sights: split("남이섬|아침고요수목원|자라섬|쁘띠프랑스"),
    foods: split("닭갈비|잣국수|송어회|막국수"),
    views: ["mountain"],
    price: 1,
  },
};

/** What a house is called, by its kind. */
export const houseNames: Record<Kind, readonly string[]> = {
  hanok: split("한옥|한옥 독채|고택|기와집|한옥 스테이"),
  stone: split("돌집|농가 주택|돌담집|독채 민박|시골집"),
  villa: split("펜션|독채 펜션|하얀 집|테라스 하우스|작은 별장"),
  cabin: split("오두막|통나무집|숲속 산장|나무 집|호숫가 오두막"),
  flat: split("아파트|복층 원룸|작은 스튜디오|옥탑방|빌라"),
};

/** Patterns of titles, by kind; `{spot}` and `{name}` are the house's own. */
export const titles: Record<Kind, readonly string[]> = {
  hanok: split(
    "마당 깊은 {spot} {name}|툇마루에 앉아 쉬는 {spot} {name}|감나무 마당이 있는 {name}, {spot}|{spot} 골목 끝 조용한 {name}|구들방이 따뜻한 {spot} {name}|백 년 된 {spot} {name}에서의 하룻밤",
  ),
  stone: split(
    "{spot} 귤밭 옆 {name}|돌담 너머 바다가 보이는 {spot} {name}|할머니가 살던 {spot} {name}|{spot} 올레길 가까운 {name}|유채꽃 필 때 좋은 {spot} {name}|바람 소리 듣는 {spot} {name}",
  ),
  villa: split(
    "바다 앞 {spot} {name}|노을이 예쁜 {spot} {name}|창밖이 온통 바다, {spot} {name}|바다까지 걸어서 3분, {spot} {name}|온 가족이 쉬기 좋은 {spot} {name}|바비큐 마당이 있는 {spot} {name}",
  ),
  cabin: split(
    "{spot} 숲속의 {name}|별이 잘 보이는 {spot} {name}|장작 난로가 있는 {spot} {name}|새소리에 깨는 {spot} {name}|{spot} 물가의 {name}|단둘이 쉬는 {spot} {name}",
  ),
  flat: split(
    "{spot} 햇살 좋은 {name}|{spot} 지하철역 5분 {name}|야경이 보이는 {spot} {name}|혼자 머물기 좋은 {spot} {name}|{spot} 골목의 {name}, 긴 여행자 환영|책이 많은 {spot} {name}",
  ),
};

/** Titles that promise the sea or the mountain are for houses that have it. */
export const inland: Partial<Record<Kind, readonly string[]>> = {
  villa: split(
    "정원이 넓은 {spot} {name}|온 가족이 쉬기 좋은 {spot} {name}|바비큐 마당이 있는 {spot} {name}|창이 큰 {spot} {name}",
  ),
};

export const introductions: Record<Kind, readonly string[]> = {
  hanok: split(
    "오래된 나무 향이 나는 한옥을 고쳐 손님을 맞이합니다.|기와와 서까래는 그대로 두고 화장실과 부엌은 새로 고쳤습니다.|대청마루에 앉으면 마당의 {tree:이} 한눈에 들어옵니다.|문을 열면 {season} 바람이 방 안까지 들어옵니다.",
  ),
  stone: split(
    "제가 어릴 때 살던 집을 돌담까지 그대로 살려 고쳤습니다.|낮은 지붕 아래 방이 아늑하고, 마당에는 {tree:이} 있습니다.|담 밖은 바로 밭이라 아침이면 새소리가 가득합니다.|바람이 세기로 이름난 마을이지만 돌벽 안은 조용합니다.",
  ),
  villa: split(
    "거실 한쪽이 모두 창이라 누워서도 바깥이 보입니다.|저녁에는 테라스에서 고기를 구울 수 있습니다.|층마다 화장실이 있어 두 가족이 함께 쓰기에도 넉넉합니다.|아이들이 뛰어놀 수 있는 잔디 마당이 있습니다.",
  ),
  cabin: split(
    "나무로만 지은 작은 집입니다. 밤에는 불빛이 거의 없어 별이 쏟아집니다.|난로에 장작을 넣고 앉아 있으면 시간이 천천히 갑니다.|다락방에 누우면 천창으로 하늘이 보입니다.|숲길이 바로 앞이라 아침 산책이 즐겁습니다.",
  ),
  flat: split(
    "주인이 직접 꾸민 밝고 조용한 집입니다.|책상이 넓어 일하며 머무는 분들도 좋아하십니다.|골목 안쪽이라 밤에는 조용하고, 시장과 카페가 가깝습니다.|침구는 머무실 때마다 새로 갈아 드립니다.",
  ),
};

export const surroundings = split(
  "{sight}까지 걸어서 {minutes}분입니다.|차로 {minutes}분이면 {sight}에 닿습니다.|가까운 {food} 집은 제가 어릴 때부터 다니던 곳입니다.|{sight:은} {season}에 가장 좋습니다.|아침에 {sight:을} 먼저 보고 돌아와 쉬시길 권합니다.|{food} 맛집 지도를 책상 위에 두었습니다.|비 오는 날의 {sight:도} 좋습니다.",
);

export const amenityLines = {
  wifi: "와이파이는 방마다 잘 됩니다.",
  kitchen: "부엌에는 냄비와 그릇, 기본 양념이 있습니다.",
  parking: "집 앞에 차를 세울 수 있습니다.",
  washer: "세탁기를 마음껏 쓰셔도 됩니다.",
  aircon: "방마다 냉난방이 따로 됩니다.",
  bath: "욕조가 있어 하루의 피로를 풀기 좋습니다.",
  sea: "방에서 바다가 보입니다.",
  mountain: "창밖으로 산이 보입니다.",
  pet: "반려동물과 함께 오셔도 됩니다.",
  accessible: "문턱이 없어 휠체어와 유모차가 다니기 편합니다.",
} as const;

export const closings = split(
  "밤 10시 뒤에는 마당에서 조용히 해 주세요.|입실은 오후 3시, 퇴실은 오전 11시입니다.|궁금한 점은 언제든 물어봐 주세요.|쓰레기는 나눠서 내놓아 주시면 고맙겠습니다.|오시는 길은 예약이 확정되면 알려 드립니다.|늦게 도착하시면 미리 알려 주세요.",
);

export const groups = {
  tree: split("감나무|배롱나무|매화나무|살구나무|동백나무|소나무"),
  season: split("봄|여름|가을|겨울|늦가을|초여름"),
  minutes: split("3|5|7|10|12|15"),
};

/** What guests say. `{spot}`, `{sight}` and `{food}` are the place's. */
export const praise = split(
  "사진보다 실제가 더 좋았습니다.|방이 깨끗하고 이불에서 좋은 냄새가 났어요.|사장님이 친절하셔서 편하게 쉬다 왔습니다.|아침에 창을 열었을 때 풍경을 잊지 못할 것 같아요.|{sight}까지 가까워서 다니기 편했습니다.|추천해 주신 {food} 집이 정말 맛있었어요.|부모님을 모시고 갔는데 무척 좋아하셨습니다.|아이들이 또 가자고 합니다.|조용해서 책 한 권을 다 읽고 왔습니다.|밤에 별이 아주 잘 보였습니다.|{spot}에서 이만한 숙소는 없을 것 같아요.|다음 {season}에도 꼭 다시 오고 싶습니다.|작은 것까지 신경 쓰신 게 느껴졌습니다.|하루만 머문 것이 아쉬웠습니다.|주변 산책길이 정말 예뻤습니다.",
);
export const reservations = split(
  "다만 주차 자리가 조금 좁았습니다.|골목이 좁아 밤에는 찾기가 어려웠어요.|방음이 아주 좋지는 않습니다.|물이 따뜻해지기까지 시간이 조금 걸립니다.|{season}이라 벌레가 조금 있었지만 시골이니 이해합니다.|수건이 한 장 더 있으면 좋겠습니다.|계단이 가팔라서 어르신은 조심하셔야 합니다.|와이파이가 가끔 끊겼습니다.",
);
export const complaints = split(
  "사진과 많이 달라서 아쉬웠습니다.|방이 추워서 잠을 설쳤어요.|옆방 소리가 그대로 들렸습니다.|청소 상태가 기대에 미치지 못했습니다.|연락이 잘 되지 않아 밖에서 오래 기다렸습니다.|값을 생각하면 다시 오지는 않을 것 같습니다.",
);
export const replies = split(
  "좋은 말씀 고맙습니다. 다음에는 더 오래 머물다 가세요.|함께해 주셔서 감사합니다. {season}에도 꼭 놀러 오세요.|말씀하신 부분은 바로 고치겠습니다. 알려 주셔서 고맙습니다.|깨끗하게 쓰고 가셔서 저희가 더 고맙습니다.|먼 길 와 주셔서 감사합니다. 늘 건강하세요.",
);
