import { topology } from "seamline";

/** The chapter's microservices as its code writes them: no deadline, fallback, bulkhead or breaker. For comparison only. */
export default topology({
  processes: {
    web: { modules: ["board-web"], port: 8000 },
    board: { modules: ["board"], port: 8080 },
    accounts: { modules: ["accounts"] },
    comments: { modules: ["comments"] },
  },
  data: "server-per-module",
  guards: "naive",
});
