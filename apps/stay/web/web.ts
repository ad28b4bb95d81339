import { sitePages } from "../../shared/web/web.ts";
import { adminPages } from "./admin/admin.ts";
import { bookPages } from "./book.ts";
import { decisionPages } from "./decisions.ts";
import { homePages } from "./home.ts";
import { hostPages } from "./host/host.ts";
import { takeUploads } from "./host/uploads.ts";
import { layout } from "./layout.ts";
import { listingPages } from "./listing.ts";
import { mediaPages } from "./media.ts";
import { notePages } from "./notes.ts";
import { reportPages } from "./report.ts";
import { reviewPages } from "./reviews.ts";
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
  parts: [
    homePages,
    searchPages,
    listingPages,
    bookPages,
    tripsPages,
    tripPages,
    robotPages,
    mediaPages,
    ...hostPages,
    reviewPages,
    notePages,
    reportPages,
    decisionPages,
    ...adminPages,
  ],
  async prepare(fastify) {
    serveViews(fastify);
    await takeUploads(fastify);
  },
});
