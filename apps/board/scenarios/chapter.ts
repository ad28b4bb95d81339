import { scenario } from "seamline";
import { boardList, home, list, reader, type Reader } from "./reader.ts";

/**
 * What the browser of somebody who looks at the board asks for: the main page now and then, the board's page, and, from
 * its script, the list again from wherever `board_list` is served.
 */
export default scenario<Reader>({
  says: { en: "people who look at the board's page", ko: "게시판을 보러 오는 사람들" },
  people: 1000,
  person: ({ number, size }) => reader(number, size, 1000),
  visit: { steps: 3 },
  steps: {
    home: { feature: "home", weight: 20, requests: home },
    list: { feature: "list", weight: 40, requests: list },
    boardList: { feature: "boardList", weight: 40, requests: boardList },
  },
});
