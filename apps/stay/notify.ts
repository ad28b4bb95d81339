import { moderation } from "../shared/moderation/contract.ts";
import { notifyModule } from "../shared/notify/notify.ts";
import { bookings } from "./bookings/contract.ts";
import { noteTypes } from "./note-types.ts";
import { reviews } from "./reviews/contract.ts";

interface Booked {
  readonly booking: string;
  readonly reference: string;
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

/** What words about a booking need. */
function about({ reference, title, from, to }: Booked): Record<string, string> {
  return { reference, title, from, to };
}

function trip({ booking }: Booked): string {
  return `/trips/${booking}`;
}

/** Whom stay tells what. */
export default notifyModule({
  types: noteTypes,
  rules: (tell) => [
    tell(bookings.bookingConfirmed, (booked) => [
      { user: booked.guest.id, type: "bookingConfirmed", by: booked.host, data: about(booked), link: trip(booked) },
      { user: booked.host.id, type: "guestConfirmed", by: booked.guest, data: about(booked), link: "/host/bookings" },
    ]),
    tell(bookings.bookingCancelled, (booked) => [
      { user: booked.host.id, type: "guestCancelled", by: booked.guest, data: about(booked), link: "/host/bookings" },
    ]),
    tell(bookings.bookingFailed, (booked) => [
      {
        user: booked.guest.id,
        type: "bookingFailed",
        data: { ...about(booked), reason: booked.reason },
        link: trip(booked),
      },
    ]),
    tell(bookings.bookingRefunded, (booked) => [
      {
        user: booked.guest.id,
        type: "bookingRefunded",
        data: { ...about(booked), refund: String(booked.refund) },
        link: trip(booked),
      },
    ]),
    tell(bookings.stayCompleted, (booked) => [
      {
        user: booked.guest.id,
        type: "stayCompleted",
        by: booked.host,
        data: about(booked),
        link: `/reviews/new?stay=${booked.booking}`,
      },
    ]),
    tell(reviews.reviewPublished, ({ host, author, title, stars, listing }) => [
      {
        user: host.id,
        type: "reviewPublished",
        by: author,
        data: { title, stars: String(stars) },
        link: `/listings/${listing}#reviews`,
      },
    ]),
    tell(moderation.reportDecided, ({ reporter, state, title }) => [
      {
        user: reporter,
        type: state === "resolved" ? "reportResolved" : "reportRejected",
        data: { title },
        link: "/moderation",
      },
    ]),
    tell(moderation.userSanctioned, ({ user, until }) => [
      { user, type: "userSanctioned", data: { until }, link: "/moderation" },
    ]),
  ],
});
