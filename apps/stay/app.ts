import { app, topology } from "seamline";
import { accounts } from "../shared/accounts/contract.ts";

/** A place to find houses and stay in them: the chapter's lodging program, as a product. */
export default app("stay", {
  modules: {
    accounts: () => import("../shared/accounts/accounts.ts"),
    availability: () => import("./availability/availability.ts"),
    bookings: () => import("./bookings/bookings.ts"),
    listings: () => import("./listings/listings.ts"),
    media: () => import("./media.ts"),
    moderation: () => import("./moderation.ts"),
    notify: () => import("./notify.ts"),
    payments: () => import("./payments/payments.ts"),
    reviews: () => import("./reviews/reviews.ts"),
    search: () => import("./search.ts"),
  },
  pages: { "stay-web": () => import("./web/web.ts") },
  identity: accounts.verifySession,
  seed: () => import("./seed.ts"),
  invariants: () => import("./invariants.ts"),
  features: {
    search: { says: { en: "looking for free houses", ko: "빈 숙소 찾기" }, promiseMs: 800 },
    recommend: { says: { en: "the best and the cheapest houses", ko: "평점·가격순 숙소" }, promiseMs: 800 },
    signIn: { says: { en: "signing in", ko: "로그인" }, promiseMs: 3000 },
    book: { says: { en: "booking a house, paid for", ko: "숙소 예약과 결제" }, promiseMs: 5000 },
    read: { says: { en: "reading what guests said of a house", ko: "숙소의 후기 읽기" }, promiseMs: 1000 },
    speak: { says: { en: "writing a review, or a reply to one", ko: "후기와 답글 쓰기" }, promiseMs: 2000 },
  },
  scenarios: {
    hotel: () => import("./scenarios/hotel.ts"),
    "booking-rush": () => import("./scenarios/booking-rush.ts"),
    opinions: () => import("./scenarios/opinions.ts"),
  },
  programs: { "payment-provider": () => import("./provider/provider.ts") },
  // Payments has a port, because the provider calls back.
  topologies: {
    microservices: topology({
      processes: {
        web: { modules: ["stay-web"], port: 8000 },
        accounts: { modules: ["accounts"] },
        availability: { modules: ["availability"] },
        bookings: { modules: ["bookings"] },
        listings: { modules: ["listings"] },
        media: { modules: ["media"] },
        moderation: { modules: ["moderation"] },
        notify: { modules: ["notify"] },
        payments: { modules: ["payments"], port: 0 },
        reviews: { modules: ["reviews"] },
        search: { modules: ["search"] },
      },
      data: "server-per-module",
    }),
    // What money hangs on stands apart from what people look at.
    mixed: topology({
      processes: {
        front: { modules: ["stay-web", "accounts", "listings", "search", "media", "notify", "moderation"], port: 8000 },
        booking: { modules: ["availability", "bookings", "payments"], port: 0 },
        reviews: { modules: ["reviews"] },
      },
      data: "pool-per-module",
    }),
  },
});
