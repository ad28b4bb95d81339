import { app } from "seamline";
import board from "./app.ts";

/** The board with a module that its pages do not show yet. For the tests of its rules. */
export default app("board-with-notes", {
  modules: {
    accounts: () => import("../shared/accounts/accounts.ts"),
    board: () => import("./board/board.ts"),
    comments: () => import("./comments/comments.ts"),
    notify: () => import("./notify.ts"),
  },
  identity: board.identity!,
});
