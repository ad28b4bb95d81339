import { sitePages } from "../../shared/web/web.ts";
import { commentPages } from "./comments.ts";
import { homePages } from "./home.ts";
import { layout } from "./layout.ts";
import { postPages } from "./posts.ts";
import { text } from "./text.ts";
import { uses } from "./uses.ts";
import { writePages } from "./write.ts";

/** The board's pages. */
export default sitePages("board-web", {
  uses,
  texts: text,
  assets: new URL("./assets/", import.meta.url),
  layout,
  start: "/board",
  parts: [homePages, writePages, postPages, commentPages],
});
