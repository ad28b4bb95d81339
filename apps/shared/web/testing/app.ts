import { app } from "seamline";
import { accounts } from "../../accounts/contract.ts";

/** The smallest app with a site on the shared pages. */
export default app("small", {
  modules: { accounts: () => import("../../accounts/accounts.ts") },
  pages: { "small-web": () => import("./site.ts") },
  identity: accounts.verifySession,
});
