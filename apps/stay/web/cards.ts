import { html } from "hono/html";
import type { Html } from "../../shared/web/layout.ts";
import type { ListingCard, Quote } from "../listings/contract.ts";
import { formatsOf, placeName } from "./format.ts";
import type { Visit } from "./visit.ts";

/** Houses as lists show them. */

export interface Shown {
  readonly card: ListingCard;
  readonly address: string;
  /** For the dates that were asked for. */
  readonly quote?: Quote | undefined;
}

export function houses(visit: Visit, shown: readonly Shown[], id = "houses"): Html {
  return html`<ul class="houses" id="${id}">
    ${shown.map((one) => house(visit, one))}
  </ul>`;
}

function house(visit: Visit, { card, address, quote }: Shown): Html {
  const { text, locale } = visit;
  const { money } = formatsOf(visit);
  return html`<li class="house" data-id="${card.id}">
    ${picture(visit, card.photo, "small")}
    <div class="house-words">
      <p class="meta">
        <span>${placeName(visit, card.place)}</span><span>${text.upTo(locale.number(card.capacity))}</span>
      </p>
      <h3>
        <a href="${address}"><bdi>${card.title}</bdi></a>
      </h3>
      <p class="house-price"><strong>${money(card.nightly)}</strong> ${text.perNight}</p>
      ${quote && html`<p class="house-total">${text.totalFor(locale.number(quote.nights), money(quote.total))}</p>`}
      <p class="house-rating">${stars(visit, card.rating)}</p>
    </div>
  </li>`;
}

export function stars(visit: Visit, { count, average }: ListingCard["rating"]): Html {
  const { text, locale } = visit;
  if (average === null || count === 0) return html`<span class="rating none">${text.noRating}</span>`;
  const [mean, many] = [average.toFixed(2), locale.number(count)];
  return html`<span class="rating"
    ><span class="unseen">${text.ratingOf(mean, many)}</span
    ><span aria-hidden="true"><span class="star">★</span> ${mean} <span class="many">(${many})</span></span></span
  >`;
}

/** @param place of the picture on its page: those further down are fetched when they come near */
export function picture(
  { text }: Visit,
  photo: ListingCard["photo"],
  size: "small" | "large",
  place: "first" | "further" = "further",
): Html {
  if (photo === null) return html`<div class="picture none" role="img" aria-label="${text.noPhoto}"></div>`;
  const [width, height] = size === "large" ? [1280, 853] : [480, 320];
  return html`<img
    class="picture"
    src="/media/${photo.media}/${size}"
    alt="${photo.alt}"
    width="${width}"
    height="${height}"
    ${place === "further" && html`loading="lazy"`}
  />`;
}
