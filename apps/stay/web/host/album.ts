import { html } from "hono/html";
import { hidden, inputField, summary } from "../../../shared/web/fields.ts";
import { blank, type FormState } from "../../../shared/web/forms.ts";
import type { Html } from "../../../shared/web/layout.ts";
import type { Listing } from "../../listings/contract.ts";
import { picture } from "../cards.ts";
import type { Visit } from "../visit.ts";

/** A house's pictures as its host sees them, with what can be done to them. */

export const mostPhotos = 8;
export const photoMoves = ["earlier", "later", "remove"] as const;
export type PhotoMove = (typeof photoMoves)[number];
export type PhotoField = "picture" | "alt";
type Photos = Listing["photos"];

export function photoSection(visit: Visit, listing: Listing, state: FormState<PhotoField> = blank()): Html {
  const { photos: words } = visit.text;
  const { photos } = listing;
  const at = `/host/listings/${listing.id}/photos`;
  return html`<section class="card" id="photos" aria-labelledby="photos-title">
    <h2 id="photos-title">${words.title}</h2>
    <p class="hint">${words.hint}</p>
    ${summary(visit, state)}
    ${
      photos.length === 0
        ? html`<p class="empty">${words.none}</p>`
        : html`<ol class="own-photos">
            ${photos.map((photo, index) => ownPhoto(visit, at, photo, { index, last: photos.length - 1 }))}
          </ol>`
    }
    ${
      photos.length >= mostPhotos
        ? html`<p>${words.full}</p>`
        : html`<form id="add-photo" method="post" action="${at}" enctype="multipart/form-data" novalidate>
            ${hidden(visit, state)}
            <h3>${words.adding}</h3>
            ${fileField(visit, state)}
            ${inputField(visit, state, { name: "alt", label: words.alt, hint: words.altHint, max: 200, autocomplete: "off" })}
            <button class="button">${words.add}</button>
          </form>`
    }
  </section>`;
}

function fileField({ text }: Visit, { errors }: FormState<PhotoField>): Html {
  const { photos } = text;
  const wrong = errors.picture !== undefined;
  return html`<div class="field ${wrong && "wrong"}">
    <label for="picture">${photos.file}</label>
    <p class="hint" id="picture-hint">${photos.fileHint}</p>
    ${wrong && html`<p class="error" id="picture-error">${errors.picture}</p>`}
    <input
      type="file"
      id="picture"
      name="picture"
      accept="image/jpeg,image/png,image/webp,image/avif"
      required
      aria-describedby="${wrong ? "picture-error " : ""}picture-hint"
      ${wrong && html`aria-invalid="true"`}
    />
  </div>`;
}

function ownPhoto(
  visit: Visit,
  at: string,
  photo: Photos[number],
  { index, last }: { index: number; last: number },
): Html {
  const { photos } = visit.text;
  const button = (act: PhotoMove, name: string, label: string) =>
    html`<button class="button quiet small" name="act" value="${act}" aria-label="${label}">${name}</button>`;
  return html`<li data-media="${photo.media}">
    ${picture(visit, photo, "small")}
    <p><bdi>${photo.alt}</bdi> ${index === 0 && html`<span class="badge">${photos.first}</span>`}</p>
    <form method="post" action="${at}/change" class="actions">
      ${hidden(visit, blank(), { media: photo.media })}
      ${index > 0 && button("earlier", photos.earlierShort, photos.earlier(photo.alt))}
      ${index < last && button("later", photos.laterShort, photos.later(photo.alt))}
      ${button("remove", photos.removeShort, photos.remove(photo.alt))}
    </form>
  </li>`;
}
