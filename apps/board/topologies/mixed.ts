import { topology } from "seamline";

/** What is asked for on every page stays together; comments may fail, and be replaced, on their own. */
export default topology({
  processes: {
    main: { modules: ["board-web", "accounts", "board"], port: 8000 },
    comments: { modules: ["comments"] },
  },
  data: "pool-per-module",
});
