import type { Booking } from "../bookings/contract.ts";
import { placeName } from "./format.ts";
import { originOf } from "./head.ts";
import type { Visit } from "./visit.ts";

/** A booking as a file that calendars read: iCalendar, RFC 5545. */
export function icsOf(visit: Visit, { id, reference, quote, createdAt }: Booking): string {
  const day = (night: string) => night.replaceAll("-", "");
  const at = (moment: string) => new Date(moment).toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const { text } = visit;
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    `PRODID:-//${escaped(text.brand)}//stay//${visit.locale.language.toUpperCase()}`,
    "BEGIN:VEVENT",
    `UID:${id}`,
    `DTSTAMP:${at(createdAt)}`,
    // Whole days; the end is the first day after, which is that of departure.
    `DTSTART;VALUE=DATE:${day(quote.from)}`,
    `DTEND;VALUE=DATE:${day(quote.to)}`,
    `SUMMARY:${escaped(quote.title)}`,
    `LOCATION:${escaped(placeName(visit, quote.place))}`,
    `DESCRIPTION:${escaped(`${text.bookingNumber} ${reference}`)}`,
    `URL:${originOf(visit)}/trips/${id}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join("");
}

function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/g, "\\$&").replaceAll("\n", "\\n");
}

/** Lines have at most 75 octets; what goes on begins with a blank, and no letter is cut in two. */
function folded(line: string): string {
  const pieces = [""];
  for (const letter of line) {
    if (Buffer.byteLength(pieces.at(-1)! + letter) > 75) pieces.push(" ");
    pieces[pieces.length - 1] += letter;
  }
  return pieces.join("\r\n");
}
