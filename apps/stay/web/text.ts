import { siteTexts } from "../../shared/web/site-texts.ts";
import * as admin from "./text/admin.ts";
import * as common from "./text/common.ts";
import * as finding from "./text/finding.ts";
import * as host from "./text/host.ts";
import * as trips from "./text/trips.ts";
import * as voices from "./text/voices.ts";

/** Stay's words in both languages, out of a file for each group of pages. A name that two files have would be a mistake. */
export const text = siteTexts({
  ko: { ...common.ko, ...finding.ko, ...trips.ko, ...host.ko, ...voices.ko, ...admin.ko },
  en: { ...common.en, ...finding.en, ...trips.en, ...host.en, ...voices.en, ...admin.en },
});

export type Texts = (typeof text)["ko"];
