import { app } from "seamline";
import board from "./app.ts";

/** The board with a search that its pages do not offer yet. For the tests of what can be found. */
export default app("board-with-search", {
  modules: {
    accounts: () => import("../shared/accounts/accounts.ts"),
    board: () => import("./board/board.ts"),
    search: () => import("./search.ts"),
  },
  identity: board.identity!,
});
