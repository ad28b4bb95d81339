import type { PageContext, Site } from "seamline";
import { accounts } from "../../shared/accounts/contract.ts";
import { board } from "../board/contract.ts";
import { comments } from "../comments/contract.ts";

/** The modules that the pages ask. */
export const uses = { accounts, board, comments };
export type Context = PageContext<typeof uses>;
export type BoardSite = Site<typeof uses>;
