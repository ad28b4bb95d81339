import type { Visit } from "./visit.ts";

/** Addresses of things that have an id. */

const idShape = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export function isId(value: string): boolean {
  return idShape.test(value);
}

/** The id that the address names. @throws an error of status 404 for an address without a possible one */
export function idIn({ request }: Visit): string {
  const id = (request.params as Record<string, string>)["id"] ?? "";
  if (!isId(id)) throw Object.assign(new Error("not an id"), { statusCode: 404 });
  return id;
}

export interface StayWish {
  readonly from: string;
  readonly to: string;
  readonly guests: string;
}

/** The address of a house with what somebody wants to book there. */
export function listingAddress(
  id: string,
  wish: Partial<StayWish> & { month?: string; page?: string } = {},
  at = "",
): string {
  const query = new URLSearchParams(Object.entries(wish).filter(([, value]) => value !== ""));
  return `/listings/${id}${query.size > 0 ? `?${query}` : ""}${at && `#${at}`}`;
}
