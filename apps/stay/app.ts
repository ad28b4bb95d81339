import { app } from "seamline";
import { accounts } from "../shared/accounts/contract.ts";

/** A place to find houses and stay in them: the chapter's lodging program, as a product. */
export default app("stay", {
  modules: {
    accounts: () => import("../shared/accounts/accounts.ts"),
    availability: () => import("./availability/availability.ts"),
    listings: () => import("./listings/listings.ts"),
    moderation: () => import("./moderation.ts"),
    notify: () => import("./notify.ts"),
  },
  identity: accounts.verifySession,
});
