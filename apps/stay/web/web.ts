import { sitePages } from "../../shared/web/web.ts";
import { bookPages } from "./book.ts";
import { homePages } from "./home.ts";
import { layout } from "./layout.ts";
import { listingPages } from "./listing.ts";
import { robotPages } from "./robots.ts";
import { searchPages } from "./search.ts";
import { text } from "./text.ts";
import { tripPages } from "./trip.ts";
import { tripsPages } from "./trips.ts";
import { uses } from "./uses.ts";
import { serveViews } from "./views.ts";

/** Stay's pages. */
export default sitePages("stay-web", {
  uses,
  texts: text,
  assets: new URL("./assets/", import.meta.url),
  layout,
  start: "/",
  parts: [homePages, searchPages, listingPages, bookPages, tripsPages, tripPages, robotPages],
  prepare(fastify) {
    serveViews(fastify);
  },
});
