import { app, topology } from "seamline";
import { accounts } from "../shared/accounts/contract.ts";

/** A board: the chapter's web program, as a product. */
export default app("board", {
  modules: {
    accounts: () => import("../shared/accounts/accounts.ts"),
    board: () => import("./board/board.ts"),
    comments: () => import("./comments/comments.ts"),
  },
  pages: { "board-web": () => import("./web/web.ts") },
  identity: accounts.verifySession,
  topologies: {
    microservices: topology({
      processes: {
        web: { modules: ["board-web"], port: 8000 },
        board: { modules: ["board"], port: 8080 },
        accounts: { modules: ["accounts"] },
        comments: { modules: ["comments"] },
      },
      data: "server-per-module",
    }),
  },
  seed: () => import("./seed.ts"),
});
