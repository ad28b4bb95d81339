import { app } from "seamline";
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
  programs: { "payment-provider": () => import("./provider/provider.ts") },
});
