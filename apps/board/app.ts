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
  invariants: () => import("./invariants.ts"),
  features: {
    home: { says: { en: "the main page", ko: "첫 화면" }, promiseMs: 300 },
    list: { says: { en: "the list of posts", ko: "글 목록" }, promiseMs: 500 },
    boardList: { says: { en: "the list as JSON", ko: "JSON 목록" }, promiseMs: 300 },
    post: { says: { en: "a post with its comments", ko: "글과 댓글" }, promiseMs: 500 },
    signIn: { says: { en: "signing in", ko: "로그인" }, promiseMs: 3000 },
    comment: { says: { en: "writing a comment", ko: "댓글 쓰기" }, promiseMs: 1000 },
    write: { says: { en: "writing a post", ko: "글쓰기" }, promiseMs: 1000 },
  },
  scenarios: {
    chapter: () => import("./scenarios/chapter.ts"),
    rubbos: () => import("./scenarios/rubbos.ts"),
  },
});
