import { accounts } from "../../shared/accounts/contract.ts";
import { board } from "../board/contract.ts";
import { comments } from "../comments/contract.ts";

/** The modules that the pages ask. */
export const uses = { accounts, board, comments };
