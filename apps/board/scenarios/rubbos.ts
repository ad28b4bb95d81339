import { scenario } from "seamline";
import { category, comment, comments, list, older, post, reader, signIn, write, type Reader } from "./reader.ts";

const people = 1000;

/**
 * A news site's mix after the RUBBoS benchmark: 14.2 requests a visit, a tenth of them writing. Front page, story,
 * comments, store comment and store story have RUBBoS's own percentages. Its search (6.5) is left out, since the board
 * has none, and so all weights count for a little more: 10.6 of 93.5 write, where RUBBoS has 11.9 %. What it spreads over
 * pages of its own kind (34.5: browsing by category and date, forms, authors, reviewing) goes to the older pages and the
 * categories of the list.
 */
export default scenario<Reader>({
  says: { en: "readers and writers of a discussion site, after RUBBoS", ko: "글을 읽고 쓰는 사람들 (RUBBoS 비율)" },
  people,
  person: ({ number, size }) => reader(number, size, people),
  visit: { first: ["signIn"], steps: 14.2 },
  steps: {
    signIn: { feature: "signIn", weight: 0, requests: signIn },
    front: { feature: "list", weight: 17.2, requests: list },
    story: { feature: "post", weight: 17.6, requests: post },
    comments: { feature: "post", weight: 13.6, requests: comments },
    older: { feature: "list", weight: 17.3, requests: older },
    category: { feature: "list", weight: 17.2, requests: category },
    storeComment: { feature: "comment", weight: 7.8, requests: comment },
    storeStory: { feature: "write", weight: 2.8, requests: write },
  },
});
