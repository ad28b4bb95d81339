import { app } from "seamline";

/** What the benches call: one module that gives back what it got. */
export default app("echo", { modules: { echo: () => import("./echo.ts") } });
