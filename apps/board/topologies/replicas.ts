import { topology } from "seamline";

/** Microservices with two processes for what is read most. */
export default topology({
  processes: {
    web: { modules: ["board-web"], port: 8000 },
    board: { modules: ["board"], replicas: 2 },
    accounts: { modules: ["accounts"] },
    comments: { modules: ["comments"] },
  },
  data: "server-per-module",
});
