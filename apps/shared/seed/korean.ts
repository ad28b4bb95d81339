import { fill as fillWith, some } from "./grammar.ts";
import type { Random } from "./random.ts";

/** Korean as people write it on boards: words in groups that fit one another. */

const words = {
  place: `학교 도서관 회사 시장 공원 한강 제주도 부산 강릉 전주 경주 속초 여수 서울역 홍대 을지로 성수동 북촌 대전 춘천 산 바다 카페 동네 집 지하철역 체육관
    미술관 극장 캠핑장`,
  food: `김치찌개 된장찌개 비빔밥 냉면 떡볶이 순대국 칼국수 만두 삼겹살 치킨 피자 초밥 라면 김밥 잡채 불고기 갈비탕 해장국 콩국수 파전 호떡 붕어빵 수박 복숭아 귤
    커피 식혜 빵 샐러드 카레`,
  thing: `노트북 자전거 휴대폰 카메라 이어폰 책상 의자 키보드 모니터 우산 운동화 가방 텐트 시계 화분 냉장고 세탁기 공기청정기 선풍기 전기장판 책 만년필 기타 피아노
    보조배터리 마우스`,
  topic: `한국어 영어 수학 역사 프로그래밍 데이터베이스 네트워크 요리 등산 수영 달리기 사진 글쓰기 그림 음악 영화 드라마 야구 축구 농구 바둑 게임 정원 가꾸기 재봉 목공 명상 여행
    캠핑 낚시`,
  person: `친구 동생 언니 형 누나 오빠 어머니 아버지 할머니 할아버지 동료 선배 후배 선생님 이웃 아이 강아지 고양이 사장님 의사 선생님`,
  time: `오늘 어제 그저께 지난주 주말 아침 점심때 저녁 새벽 작년 이번 달 며칠 전 방금 요즘 봄 여름 가을 겨울 휴가 때 연휴`,
  feeling: `정말 좋았습니다|생각보다 어려웠습니다|조금 아쉬웠습니다|꽤 재미있었습니다|기대한 것과 달랐습니다|무척 즐거웠습니다|많이 배웠습니다|다시 하고 싶습니다|조용해서 좋았습니다|값이 비쌌습니다|마음이 편했습니다|시간이 금방 갔습니다`,
  ending: `감사합니다.|좋은 하루 보내세요.|의견 부탁드립니다.|궁금한 점은 댓글로 남겨 주세요.|도움이 되면 좋겠습니다.|읽어 주셔서 고맙습니다.|여러분 생각은 어떠신가요?`,
} as const;

type Group = keyof typeof words;

const groups = Object.fromEntries(
  Object.entries(words).map(([name, list]) => [name, list.includes("|") ? list.split("|") : list.split(/\s+/)]),
) as Record<Group, string[]>;
groups.time = groups.time.filter((word) => !["이번", "달", "며칠", "전", "휴가", "때"].includes(word));
groups.time.push("이번 달", "며칠 전", "휴가 때");
groups.person = groups.person.filter((word) => word !== "의사");
groups.topic = groups.topic.filter((word) => !["정원", "가꾸기"].includes(word)).concat("정원 가꾸기");

const titles = [
  "{place} 근처 {food} 맛집 추천해 주세요",
  "{thing:을} 새로 샀습니다",
  "{topic} 처음 시작하시는 분들께",
  "{time} {place}에 다녀왔습니다",
  "{thing} 써 본 분 계신가요?",
  "{topic:을} 혼자 배울 수 있을까요?",
  "{person:와} 같이 {food:을} 만들었습니다",
  "{place}에서 {thing:을} 잃어버렸습니다",
  "{time} 먹은 {food} 이야기",
  "{topic} 모임에서 함께할 분을 찾습니다",
  "{thing:와} {thing} 가운데 무엇이 나을까요?",
  "{time} {place:으로} 산책을 갔습니다",
  "{topic} 질문 있습니다",
  "{food:이} 생각나는 날",
];

const sentences = [
  "{time} {person:와} 함께 {place}에 갔는데 {feeling}.",
  "{place}에서 먹은 {food:은} {feeling}.",
  "{topic:은} 처음이라서 걱정했지만 {feeling}.",
  "{thing:을} 고를 때 무엇을 먼저 보시나요?",
  "{person:이} {food:을} 좋아해서 자주 만듭니다.",
  "저는 {time}부터 {topic:을} 배우고 있습니다.",
  "{thing:이} 고장 나서 {place}까지 걸어갔습니다.",
  "{person}에게 물어보니 {topic}보다 {topic:이} 낫다고 합니다.",
  "{place} 가는 길에 {food} 가게가 새로 생겼습니다.",
  "비가 와서 {place} 대신 집에서 {topic} 생각만 했습니다.",
  "{thing:은} 삼 년째 쓰고 있는데 아직 멀쩡합니다.",
  "{food:을} 만들 때는 불을 너무 세게 하지 않는 것이 좋습니다.",
  "{topic:와} {topic:을} 같이 하니 {feeling}.",
  "솔직히 말하면 {thing}보다 {thing:을} 더 자주 씁니다.",
  "{time} 본 {place} 풍경이 아직도 기억에 남습니다.",
  "{person:은} {place}에서 일하고 있습니다.",
  "사람이 많을 줄 알았는데 {time:은} 한가했습니다.",
  "{topic} 책을 두 권 읽었는데 첫 번째 책은 {feeling}.",
];

const remarks = [
  "저도 {food:을} 좋아합니다.",
  "{place:은} {time}에 가면 더 좋습니다.",
  "좋은 글 잘 읽었습니다.",
  "{thing:은} 저도 쓰는데 {feeling}.",
  "{topic:은} 천천히 하시면 됩니다.",
  "혹시 {place} 어디쯤인가요?",
  "{person:와} 같이 가 보겠습니다.",
  "저는 생각이 조금 다릅니다. {topic}보다 {topic:이} 먼저라고 봅니다.",
  "사진도 올려 주세요!",
  "{time} 저도 같은 일을 겪었습니다.",
  "고맙습니다. {thing:을} 사기 전에 읽어서 다행입니다.",
  "ㅋㅋㅋ 공감합니다.",
  "{food} 값이 많이 올랐더라고요.",
  "다음 글도 기다리겠습니다.",
];

function fill(random: Random, pattern: string): string {
  return fillWith(random, groups, pattern);
}

export function title(random: Random): string {
  return fill(random, random.pick(titles));
}

/** One to four paragraphs; now and then with a list, a quotation or words in bold. */
export function article(random: Random): string {
  const sentence = (): string => fill(random, random.pick(sentences));
  const parts = some(random, 1, 4, () => some(random, 1, 4, sentence).join(" "));
  if (random.chance(0.15)) parts.push(some(random, 2, 4, () => `- ${fill(random, "{thing}: {feeling}")}`).join("\n"));
  if (random.chance(0.1)) parts.unshift(`> ${sentence()}`);
  if (random.chance(0.1)) parts.push(`**${fill(random, "{topic}")}** 이야기는 다음에 이어서 쓰겠습니다.`);
  if (random.chance(0.5)) parts.push(random.pick(groups.ending));
  return parts.join("\n\n");
}

export function remark(random: Random): string {
  return some(random, 1, 2, () => fill(random, random.pick(remarks))).join(" ");
}
