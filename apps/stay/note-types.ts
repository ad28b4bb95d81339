/** What stay tells people of. Rules are in notify.ts, words in the pages' texts; people can mute each. */
export const noteTypes = [
  "bookingConfirmed",
  "guestConfirmed",
  "guestCancelled",
  "bookingFailed",
  "bookingRefunded",
  "stayCompleted",
  "reviewPublished",
  "reportResolved",
  "reportRejected",
  "userSanctioned",
] as const;
