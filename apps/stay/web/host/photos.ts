import { isError } from "seamline";
import { media, type Finished } from "../../../shared/media/contract.ts";
import { line } from "../../../shared/text.ts";
import { submit, wait, type Errors, type Explained, type FormState } from "../../../shared/web/forms.ts";
import { listings, type Listing } from "../../listings/contract.ts";
import type { Part, Visit } from "../visit.ts";
import { mostPhotos, photoMoves, type PhotoField, type PhotoMove } from "./album.ts";
import { explainHouse } from "./form.ts";
import { housePage } from "./listing.ts";
import { withOwnHouse } from "./rights.ts";
import { fileIn, upload, uploadAddress } from "./uploads.ts";

/** A house's pictures: adding one, their order, and taking one out. */

const Alt = line(200);
type Photos = Listing["photos"];

export const photoPages: Part = ({ get, post }) => {
  for (const path of [uploadAddress, `${uploadAddress}/change`])
    get(path, (visit) => withOwnHouse(visit, ({ id }) => visit.go(`/host/listings/${id}#photos`)));

  post(uploadAddress, (visit) =>
    withOwnHouse(visit, async (listing) => {
      const file = fileIn(visit, "picture");
      const alt = visit.field("alt");
      const done = await submit<PhotoField, Finished>(visit, {
        values: { picture: "", alt },
        check: () => problemsOf(visit, listing, file, alt),
        call: (key) => addPhoto(visit, listing, { key, bytes: file as Uint8Array<ArrayBuffer>, alt }),
        explain: (error) => explain(visit, error),
      });
      if (done.ok && done.value.state === "ready") return visit.go(`/host/listings/${listing.id}#photos`, "photoAdded");
      const state = done.ok ? rejected(visit, done.value, alt) : done.state;
      return visit.show(housePage(visit, listing, { photo: state }), state.status);
    }),
  );

  post(`${uploadAddress}/change`, (visit) =>
    withOwnHouse(visit, async (listing) => {
      const [act, id] = [photoMoves.find((one) => one === visit.field("act")), visit.field("media")];
      const done = await submit<PhotoField, unknown>(visit, {
        values: { picture: "", alt: "" },
        call: (key) => changePhotos(visit, listing, { key, act, id }),
        explain: (error) => explain(visit, error),
      });
      if (done.ok) return visit.go(`/host/listings/${listing.id}#photos`, "photosChanged");
      return visit.show(housePage(visit, listing, { photo: done.state }), done.state.status);
    }),
  );
};

function problemsOf({ text }: Visit, listing: Listing, file: ReturnType<typeof fileIn>, alt: string) {
  const { photos } = text;
  return {
    ...(listing.photos.length >= mostPhotos && { form: photos.full }),
    ...(file === "missing" && { picture: photos.fileMissing }),
    ...(file === "tooBig" && { picture: photos.tooBig }),
    ...(!Alt.safeParse(alt).success && { alt: photos.altInvalid }),
  } satisfies Errors<PhotoField>;
}

function rejected({ text }: Visit, finished: Finished, alt: string): FormState<PhotoField> {
  const picture = finished.state === "rejected" ? text.photos.rejected[finished.reason] : "";
  return { values: { alt }, errors: { picture }, status: 422 };
}

interface Addition {
  readonly key: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly alt: string;
}

async function addPhoto(visit: Visit, listing: Listing, { key, bytes, alt }: Addition): Promise<Finished> {
  const finished = await upload(visit, key, bytes, alt);
  if (finished.state === "rejected") return finished;
  const { id } = finished.meta;
  if (listing.photos.some((photo) => photo.media === id)) return finished;
  // First, so that no picture of a house is ever one that media throws away; one too many is the lesser harm.
  await visit.context.media.attach({ id, to: `listing:${listing.id}` }, { key: visit.callKey(key, "attach", id) });
  await savePhotos(visit, listing, [...listing.photos, { media: id, alt: Alt.parse(alt) }], key);
  return finished;
}

interface Change {
  readonly key: string;
  readonly act: PhotoMove | undefined;
  readonly id: string;
}

async function changePhotos(visit: Visit, listing: Listing, { key, act, id }: Change): Promise<void> {
  const next = changed(listing.photos, act, id);
  if (next === null) return;
  await savePhotos(visit, listing, next, key);
  if (act !== "remove") return;
  // What stays attached by mistake only takes room.
  await visit.context.part(
    "media",
    () => visit.context.media.detach({ id, to: `listing:${listing.id}` }, { key: visit.callKey(key, "detach", id) }),
    () => undefined,
  );
}

/** null: nothing changes. */
function changed(photos: Photos, act: PhotoMove | undefined, id: string): Photos | null {
  const at = photos.findIndex(({ media }) => media === id);
  const to = act === "earlier" ? at - 1 : at + 1;
  if (at < 0 || act === undefined) return null;
  if (act === "remove") return photos.toSpliced(at, 1);
  if (to < 0 || to >= photos.length) return null;
  return photos.toSpliced(at, 1).toSpliced(to, 0, photos[at]!);
}

function savePhotos(visit: Visit, listing: Listing, photos: Photos, key: string): Promise<Listing> {
  const { host: _host, state: _state, rating: _rating, createdAt: _createdAt, ...draft } = listing;
  const input = { ...draft, photos };
  return visit.context.listings.edit(input, { key: visit.callKey(key, "editPhotos", input) });
}

function explain(visit: Visit, error: unknown): Explained<PhotoField> | null {
  const { photos } = visit.text;
  if (isError(error, listings.edit, "editConflict")) return { errors: { form: photos.changed }, status: 409 };
  if (isError(error, media.beginUpload, "full")) return { errors: { form: photos.noRoom } };
  if (isError(error, media.beginUpload, "tooMany")) {
    const { retryAfterSeconds } = error.data;
    return { errors: { form: photos.tooMany(wait(visit, retryAfterSeconds)) }, retryAfterSeconds };
  }
  for (const operation of [media.addPiece, media.finish, media.attach] as const)
    if (isError(error, operation, "notFound")) return { errors: { picture: photos.rejected.incomplete } };
  if (isError(error, media.addPiece, "badPiece")) return { errors: { picture: photos.rejected.incomplete } };
  const house = explainHouse(visit, error);
  return house && { errors: { form: house.errors.form ?? visit.text.notSaved }, status: house.status ?? 422 };
}
