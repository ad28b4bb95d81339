import { app } from "seamline";
import whole from "./app.ts";

/**
 * Some of the modules of stay, as an app that starts fast: `import("./part.testing.ts?modules=listings,availability")`.
 * What a module that is left out would have told is not heard.
 */
const names = new URL(import.meta.url).searchParams.get("modules")!.split(",");

export default app("stay", {
  modules: Object.fromEntries(names.map((name) => [name, whole.modules[name]!])),
  ...(names.includes("accounts") && { identity: whole.identity! }),
  programs: names.includes("payments") ? whole.programs : {},
});
