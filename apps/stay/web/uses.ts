import { accounts } from "../../shared/accounts/contract.ts";
import { media } from "../../shared/media/contract.ts";
import { moderation } from "../../shared/moderation/contract.ts";
import { notify } from "../../shared/notify/contract.ts";
import { search } from "../../shared/search/contract.ts";
import { availability } from "../availability/contract.ts";
import { bookings } from "../bookings/contract.ts";
import { listings } from "../listings/contract.ts";
import { payments } from "../payments/contract.ts";
import { reviews } from "../reviews/contract.ts";

/** The modules that the pages ask. */
export const uses = {
  accounts,
  availability,
  bookings,
  listings,
  media,
  moderation,
  notify,
  payments,
  reviews,
  search,
};
