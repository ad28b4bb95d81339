import { sitePages } from "../../shared/web/web.ts";
import { homePages } from "./home.ts";
import { layout } from "./layout.ts";
import { text } from "./text.ts";
import { uses } from "./uses.ts";

/** Stay's pages. */
export default sitePages("stay-web", {
  uses,
  texts: text,
  assets: new URL("./assets/", import.meta.url),
  layout,
  start: "/",
  parts: [homePages],
});
