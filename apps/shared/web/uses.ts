import type { accounts } from "../accounts/contract.ts";

/** The modules that every site asks; a site's own `uses` has these and its others. */
export type SharedUses = { readonly accounts: typeof accounts };
