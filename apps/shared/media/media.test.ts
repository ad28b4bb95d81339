import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { everywhere, fails, somebody, type Running } from "../../stay/testing.ts";
import { keptBytesEach, maxUploadBytes, media, pieceBytes } from "./contract.ts";

const hourMs = 3_600_000;

/** A plain picture. */
function plain(width: number, height: number, background = "#3a6ea5") {
  return sharp({ create: { width, height, channels: 3, background } });
}

/** A picture that does not get small by compression. */
function noise(width: number, height: number) {
  return sharp({
    create: { width, height, channels: 3, background: "#000", noise: { type: "gaussian", mean: 128, sigma: 60 } },
  });
}

/** A person's clients, as a new request would have them. */
type Person = () => ReturnType<Running["as"]>;

/** Sends a file as a page would, in pieces, without finishing. */
async function send(person: Person, file: Uint8Array): Promise<string> {
  const { media } = person();
  const { id } = await media.beginUpload({ bytes: file.length, alt: "바다가 보이는 방" });
  for (let offset = 0; offset < file.length; offset += pieceBytes)
    await media.addPiece({ id, offset, bytes: new Uint8Array(file.subarray(offset, offset + pieceBytes)) });
  return id;
}

async function upload(person: Person, file: Uint8Array) {
  const id = await send(person, file);
  return { id, end: await person().media.finish({ id }) };
}

await everywhere(["media"], [], (running) => {
  const newPerson = (name: string): Person => {
    const user = somebody(name);
    return () => running().as(user);
  };

  test("a picture comes back drawn anew in two sizes, for everybody", async () => {
    const host = newPerson("주인");
    const file = await noise(1400, 700).jpeg().toBuffer();
    assert.ok(file.length > pieceBytes);
    const { id, end } = await upload(host, file);
    assert.ok(end.state === "ready");
    const { hash } = end.meta;
    assert.deepEqual(end.meta, { id, width: 1280, height: 640, alt: "바다가 보이는 방", hash });
    const { media: anybody } = running().context;
    assert.deepEqual(await anybody.meta({ ids: [id, randomUUIDv7()] }), [end.meta]);
    for (const [size, width] of [
      ["large", 1280],
      ["small", 480],
    ] as const) {
      const picture = await anybody.picture({ id, size });
      const head = await sharp(picture.bytes).metadata();
      assert.deepEqual([picture.type, picture.hash, head.format, head.width], ["image/webp", hash, "webp", width]);
    }
    assert.deepEqual(await host().media.finish({ id }), end);
    const unknown = anybody.picture({ id: randomUUIDv7(), size: "small" });
    await assert.rejects(unknown, fails(media.picture, "notFound"));
  });

  test("PNG, WebP and AVIF are pictures too; a small one is not blown up", async () => {
    const host = newPerson("주인");
    for (const file of [plain(60, 50).png(), plain(60, 50).webp(), plain(60, 50).avif()]) {
      const { end } = await upload(host, await file.toBuffer());
      assert.ok(end.state === "ready");
      assert.deepEqual([end.meta.width, end.meta.height], [60, 50]);
    }
  });

  test("what a file says beside its pixels is gone, and it stands upright without it", async () => {
    const host = newPerson("주인");
    const secret = "37.5665N 126.9780E";
    // The left half is red, so that turned by a quarter the upper half is.
    const file = await plain(400, 200, "#0000ff")
      .composite([{ input: await plain(200, 200, "#ff0000").png().toBuffer(), left: 0, top: 0 }])
      .jpeg()
      .withExif({ IFD0: { Copyright: secret } })
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const told = await sharp(file).metadata();
    assert.equal(told.orientation, 6);
    const { id, end } = await upload(host, file);
    assert.ok(end.state === "ready");
    assert.deepEqual([end.meta.width, end.meta.height], [200, 400]);
    const { bytes } = await running().context.media.picture({ id, size: "large" });
    const head = await sharp(bytes).metadata();
    assert.deepEqual([head.exif, head.xmp, head.icc, head.orientation], [undefined, undefined, undefined, undefined]);
    assert.equal(Buffer.from(bytes).includes(secret), false);
    const upper = await sharp(bytes).extract({ left: 0, top: 0, width: 200, height: 150 }).raw().toBuffer();
    const [red, , blue] = (await sharp(upper, { raw: { width: 200, height: 150, channels: 3 } }).stats()).channels;
    assert.ok(red!.mean > 200 && blue!.mean < 60, `the upper half is red ${red!.mean}, blue ${blue!.mean}`);
  });

  test("what hides behind a picture is not served", async () => {
    const script = Buffer.from("<script>alert(document.cookie)</script>");
    const file = Buffer.concat([await plain(100, 100).png().toBuffer(), script]);
    const { id, end } = await upload(newPerson("주인"), file);
    assert.equal(end.state, "ready");
    const { bytes } = await running().context.media.picture({ id, size: "large" });
    assert.equal(Buffer.from(bytes).includes("<script>"), false);
  });

  test("what is no picture, or half of one, or too large or small to draw, is refused and stays so", async () => {
    const host = newPerson("주인");
    const whole = await noise(600, 600).jpeg().toBuffer();
    const frames = await sharp([await plain(90, 90).png().toBuffer(), await plain(90, 90, "#fff").png().toBuffer()], {
      join: { animated: true },
    })
      .webp()
      .toBuffer();
    const cases = {
      text: [Buffer.from("이것은 그림이 아니다"), "notAPicture"],
      svg: [Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>`), "notAPicture"],
      gif: [await plain(90, 90).gif().toBuffer(), "notAPicture"],
      moving: [frames, "notAPicture"],
      truncated: [whole.subarray(0, whole.length / 2), "notAPicture"],
      bomb: [bomb(await plain(90, 90).png().toBuffer(), 50_000), "tooLarge"],
      "a pixel too many": [bomb(await plain(90, 90).png().toBuffer(), 7072), "tooLarge"],
      narrow: [await plain(400, 49).png().toBuffer(), "tooSmall"],
    } as const;
    for (const [name, [file, reason]] of Object.entries(cases)) {
      const { id, end } = await upload(host, file);
      assert.deepEqual(end, { state: "rejected", reason }, name);
      assert.deepEqual(await host().media.finish({ id }), end, name);
      const picture = running().context.media.picture({ id, size: "small" });
      await assert.rejects(picture, fails(media.picture, "notFound"), name);
    }
  });

  test("pieces come in order; one that comes again is once, another in its place is refused", async () => {
    const { media: host } = newPerson("주인")();
    const file = new Uint8Array(await plain(80, 80).png().toBuffer());
    const { id } = await host.beginUpload({ bytes: file.length, alt: "방" });
    const first = { id, offset: 0, bytes: file.slice(0, 50) };
    const expected = (at: number) => fails(media.addPiece, "badPiece", { expected: at });
    await assert.rejects(host.addPiece({ ...first, offset: 50 }), expected(0));
    await host.addPiece(first);
    await host.addPiece(first);
    await assert.rejects(host.addPiece({ ...first, bytes: file.slice(1, 51) }), expected(50));
    await assert.rejects(host.addPiece({ ...first, offset: 50, bytes: file }), expected(50));
    await assert.rejects(host.addPiece({ ...first, offset: 50, bytes: new Uint8Array() }), expected(50));
    await host.addPiece({ id, offset: 50, bytes: file.slice(50) });
    assert.equal((await host.finish({ id })).state, "ready");
    await assert.rejects(host.addPiece(first), fails(media.addPiece, "notFound"));
  });

  test("a file that did not come whole is refused", async () => {
    const { media: host } = newPerson("주인")();
    const { id } = await host.beginUpload({ bytes: 1000, alt: "방" });
    assert.deepEqual(await host.finish({ id }), { state: "rejected", reason: "incomplete" });
  });

  test("nobody adds to, finishes, shows or hides what is another's", async () => {
    const { context, as } = running();
    const owner = newPerson("주인");
    const other = as(somebody("남")).media;
    const file = await plain(80, 80).png().toBuffer();
    const id = await send(owner, file);
    const reason = { reason: "notOwner" };
    const piece = { id, offset: 0, bytes: new Uint8Array(1) };
    await assert.rejects(other.addPiece(piece), fails(media.addPiece, "forbidden", reason));
    await assert.rejects(other.finish({ id }), fails(media.finish, "forbidden", reason));
    await owner().media.finish({ id });
    await assert.rejects(other.attach({ id, to: "남의 집" }), fails(media.attach, "forbidden", reason));
    await assert.rejects(other.detach({ id, to: "집" }), fails(media.detach, "forbidden", reason));
    const signIn = { reason: "signIn" };
    await assert.rejects(context.media.attach({ id, to: "집" }), fails(media.attach, "forbidden", signIn));
    await assert.rejects(
      context.media.beginUpload({ bytes: 1, alt: "방" }),
      fails(media.beginUpload, "forbidden", signIn),
    );
    const nothing = owner().media.attach({ id: randomUUIDv7(), to: "집" });
    await assert.rejects(nothing, fails(media.attach, "notFound"));
    await as(somebody("운영", "admin")).media.detach({ id, to: "집" });
  });

  test("nobody has more uploads in ten minutes than twenty, at once or not, or more bytes than their room", async () => {
    const { moveClock } = running();
    const eager = newPerson("부지런이");
    const begin = () => eager().media.beginUpload({ bytes: maxUploadBytes, alt: "방" });
    // Where the machine is busy, some of these are too late; they may be asked again.
    await Promise.allSettled(Array.from({ length: 25 }, begin));
    const tooMany = fails(media.beginUpload, "tooMany");
    await assert.rejects(async () => {
      for (let index = 0; index < 21; index++) await begin();
    }, tooMany);
    await moveClock(600_001);
    const full = { keptBytes: 20 * maxUploadBytes, maxBytes: keptBytesEach };
    await assert.rejects(begin(), fails(media.beginUpload, "full", full));
  });

  test("an upload that is not finished in an hour is gone, and a picture that nothing shows in a day", async () => {
    const { moveClock } = running();
    const host = newPerson("주인");
    const file = new Uint8Array(await plain(80, 80).png().toBuffer());
    const unfinished = await send(host, file);
    const { id: shown } = await upload(host, file);
    const { id: unused } = await upload(host, file);
    const { id: dropped } = await upload(host, file);
    for (const id of [shown, dropped]) for (const to of ["집", "별채"]) await host().media.attach({ id, to });
    const there = async () => (await host().media.meta({ ids: [shown, unused, dropped] })).map(({ id }) => id).sort();

    await moveClock(hourMs + 60_000);
    await until(async () => {
      const again = host().media.addPiece({ id: unfinished, offset: 0, bytes: file });
      return (await codeOf(again)) === "notFound";
    });
    await host().media.detach({ id: dropped, to: "집" });
    await moveClock(23 * hourMs);
    await until(async () => (await there()).length === 2);
    assert.deepEqual(await there(), [shown, dropped].sort());

    await host().media.detach({ id: dropped, to: "별채" });
    await moveClock(25 * hourMs);
    await until(async () => (await there()).length === 1);
    assert.deepEqual(await there(), [shown]);
  });
});

/** A PNG whose head says that it is `side` pixels wide and high. */
function bomb(png: Buffer, side: number): Buffer {
  const changed = Buffer.from(png);
  changed.writeUInt32BE(side, 16);
  changed.writeUInt32BE(side, 20);
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

async function codeOf(call: Promise<unknown>): Promise<string | null> {
  return await call.then(
    () => null,
    (error: { code: string }) => error.code,
  );
}

/** Waits for what a schedule does. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, "it did not come to hold within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
