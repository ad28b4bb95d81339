import type * as routes from "../../shared/web/routes.ts";
import type * as shared from "../../shared/web/visit.ts";
import type { Texts } from "./text.ts";
import type { uses } from "./uses.ts";

/** A request for one of stay's pages, and a file of them. */
export type Visit = shared.Visit<typeof uses, Texts>;
export type Part = routes.Part<Visit>;
