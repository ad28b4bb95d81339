import { letterPages } from "./letters.ts";
import { moneyPages } from "./money.ts";
import { overviewPages } from "./overview.ts";
import { reportQueuePages } from "./reports.ts";
import { userPages } from "./users.ts";
import type { Part } from "../visit.ts";

/** All pages for admins. */
export const adminPages: readonly Part[] = [overviewPages, moneyPages, letterPages, reportQueuePages, userPages];
