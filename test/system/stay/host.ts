import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import { houseDraft } from "../../../apps/stay/listings/testing.ts";
import {
  becomes,
  confirmed,
  dayMs,
  nightsFrom,
  start,
  until,
  type Clients,
  type House,
} from "../../../apps/stay/bookings/testing.ts";
import { text } from "../../../apps/stay/web/text.ts";
import { inspect } from "../browser/inspect.ts";
import { addPhoto, fill, photograph, press, signUp, writeHouse, type Hosting } from "./hosts.ts";

/** What hosts, reviewers and admins do on stay's pages. */

const { ko } = text;

/** A host's first hour, in one go: the same in both architectures. */
export function opening(hosting: () => Hosting): void {
  test("a host writes a house, shows it with a picture, and everybody finds it", async () => {
    await using host = await hosting().visitor();
    const { page } = host;
    await signUp(host, "host_opens");
    await page.goto("/host/listings/new");
    assert.equal(await press(page, "#house-form .button:not(.quiet)"), 422);
    assert.equal(await page.locator("#title-error").innerText(), ko.houseForm.titleInvalid);
    assert.equal(await page.locator("#nightly-error").innerText(), ko.houseForm.nightlyInvalid);
    const title = "갈매기가 깨우는 집";
    const id = await writeHouse(host, title);
    assert.equal(await page.locator("#done").innerText(), ko.done.listingCreated);
    assert.equal(await press(page, "#publish button"), 422);
    assert.match(await page.locator("#showing .missing").innerText(), new RegExp(ko.showing.missingOf.photos));

    assert.equal(await addPhoto(host, Buffer.from("그림이 아닌 글"), "창밖의 바다"), 422);
    assert.equal(await page.locator("#picture-error").innerText(), ko.photos.rejected.notAPicture);
    assert.equal(await page.locator("#alt").inputValue(), "창밖의 바다", "what was written is kept");
    const huge = { name: "huge.png", mimeType: "image/png", buffer: Buffer.alloc(10_000_001) };
    const token = await page.locator("#add-photo [name=token]").inputValue();
    const multipart = { token, picture: huge, alt: "창밖의 바다" };
    const refused = await host.context.request.post(`/host/listings/${id}/photos`, { multipart });
    assert.deepEqual([refused.status(), (await refused.text()).includes(ko.photos.tooBig)], [422, true]);
    assert.equal(await addPhoto(host, await photograph("#3a7ca5"), "창밖의 바다"), 200);
    assert.equal(await addPhoto(host, await photograph("#c97b4a"), "장작을 쌓은 마당"), 200);
    const alts = () => page.locator(".own-photos img").evaluateAll((all) => all.map((one) => one.getAttribute("alt")));
    assert.deepEqual(await alts(), ["창밖의 바다", "장작을 쌓은 마당"]);
    await press(page, page.locator(".own-photos li").nth(1).locator("button[value=earlier]"));
    assert.deepEqual(await alts(), ["장작을 쌓은 마당", "창밖의 바다"]);
    await press(page, page.locator(".own-photos li").nth(0).locator("button[value=remove]"));
    assert.deepEqual(await alts(), ["창밖의 바다"]);

    const source = (await page.locator(".own-photos img").getAttribute("src"))!;
    const picture = await host.context.request.get(source);
    assert.deepEqual([picture.status(), picture.headers()["content-type"]], [200, "image/webp"]);
    const again = await host.context.request.get(source, { headers: { "if-none-match": picture.headers()["etag"]! } });
    assert.equal(again.status(), 304);

    await press(page, "#publish button");
    assert.equal(await page.locator("#done").innerText(), ko.done.listingPublished);
    await using stranger = await hosting().visitor();
    await until("search finds it", async () => {
      await stranger.page.goto(`/search?q=${encodeURIComponent("갈매기")}`);
      return (await stranger.page.locator(`[data-id="${id}"]`).count()) === 1;
    });
    await press(stranger.page, `[data-id="${id}"] h3 a`);
    assert.equal(await stranger.page.locator("h1").innerText(), title);

    await press(page, "#pause button");
    assert.equal((await stranger.page.goto(`/listings/${id}`))!.status(), 404);
    assert.deepEqual([...host.complaints, ...stranger.complaints], []);
  });
}

/** A house of a person who is on the pages, published by the short way, for 90,000 won a night. */
async function published(clients: Clients, title: string): Promise<House & { readonly title: string }> {
  const { id, host } = await clients.listings.create(houseDraft({ title, nightly: 90_000, cleaning: 0 }));
  await clients.listings.publish({ id });
  await until("its nights can be taken", async () => {
    const free = await clients.availability.filter({ listings: [id], ...nightsFrom(new Date(), 100) });
    return free.length > 0;
  });
  return { id, title, host: { id: host.id!, name: host.name, roles: [] } };
}

export function hosts(hosting: () => Hosting): void {
  test("nights that a host blocks are nobody's until they are opened again", async () => {
    await using host = await hosting().visitor();
    const { page } = host;
    await signUp(host, "host_blocks");
    const clients = await hosting().as("host_blocks");
    const { id } = await published(clients, "쉬는 날이 있는 집");
    await page.goto(`/host/listings/${id}/calendar`);
    assert.equal(await press(page, "#nights-form button[value=block]"), 422);
    const night = nightsFrom(new Date(), 40, 1);
    await page.goto(`/host/listings/${id}/calendar?month=${night.from.slice(0, 7)}`);
    await page.locator(`#night-${night.from}`).check();
    await press(page, "#nights-form button[value=block]");
    assert.equal(await page.locator("#done").innerText(), ko.done.nightsChanged);
    assert.equal(await page.locator(`td.blocked #night-${night.from}`).count(), 1);
    assert.deepEqual(await clients.availability.filter({ listings: [id], ...night }), []);
    await page.locator(`#night-${night.from}`).check();
    await press(page, "#nights-form button[value=unblock]");
    assert.deepEqual(await clients.availability.filter({ listings: [id], ...night }), [id]);
  });

  test("a review is written after the stay and not before, and its host replies", async () => {
    await using guest = await hosting().visitor();
    await using host = await hosting().visitor();
    await signUp(host, "host_replies");
    await signUp(guest, "guest_stays");
    const house = await published(await hosting().as("host_replies"), "후기를 받을 집");
    const ask = await hosting().as("guest_stays");
    const { page } = guest;
    const booking = await confirmed(() => ask, house, nightsFrom(new Date(), 1, 1));
    assert.equal((await page.goto(`/reviews/new?stay=${booking.id}`))!.status(), 403);
    assert.equal(await page.locator("#not-a-guest h1").innerText(), ko.reviewing.notYet);
    await host.page.goto("/host");
    assert.equal(await host.page.locator(`#arrivals [data-reference="${booking.reference}"]`).count(), 1);

    await hosting().deployed.deployment.moveClock(4 * dayMs);
    await becomes(() => ask, booking.id, "completed");
    await until("the stay can be reviewed", async () => (await ask.reviews.eligible({})).length > 0);
    await page.goto(`/reviews/new?stay=${booking.id}`);
    assert.equal(await press(page, "#review-form .button:not(.quiet)"), 422);
    assert.equal(await page.locator("#stars-error").innerText(), ko.reviewing.starsMissing);
    await page.locator("input[name=stars][value='4']").check();
    await fill(page, { content: "바닥이 따뜻하고\n창이 넓습니다." });
    await press(page, "#review-form .button:not(.quiet)");
    assert.match(await page.locator("#reviews").innerText(), /창이 넓습니다/);
    await page.goto(`/reviews/new?stay=${booking.id}`);
    assert.equal(await page.locator("#already-reviewed").count(), 1);

    await host.page.goto(`/host/listings/${house.id}/reviews`);
    await press(host.page, ".said .links a");
    await fill(host.page, { content: "또 오세요!" });
    await press(host.page, "#reply-form .button:not(.quiet)");
    await page.goto(`/listings/${house.id}`);
    assert.match(await page.locator("#reviews").innerText(), /또 오세요!/);
    await until("the host is told of it", async () => {
      await host.page.goto("/notes");
      return /후기를 남겼습니다/.test(await host.page.locator("#notes").innerText());
    });
    assert.equal(await host.page.locator("#unread [aria-hidden]").count(), 1);
    await press(host.page, "#read-all button");
    assert.equal(await host.page.locator("#unread").count(), 0);
    await host.page.goto("/host");
    // 90,000 won, and our fee is not the host's.
    assert.match(await host.page.locator("#earned").innerText(), /₩90,000/);
  });
}

export function admins(hosting: () => Hosting): void {
  test("what is reported and hidden is gone from the pages, and the public log says why", async () => {
    await using host = await hosting().visitor();
    await using reporter = await hosting().visitor();
    await using admin = await hosting().visitor();
    await signUp(host, "host_lies");
    await signUp(reporter, "reporter");
    await signUp(admin, "admin_decides");
    await hosting().promote("admin_decides");
    const { id, title } = await published(await hosting().as("host_lies"), "없는 바다가 보이는 집");
    await reporter.page.goto(`/report?kind=listing&id=${id}`);
    assert.equal(await press(reporter.page, "#report-form .button:not(.quiet)"), 422);
    await reporter.page.locator("input[name=reason][value=false]").check();
    await fill(reporter.page, { content: "바다가 보이지 않습니다." });
    await press(reporter.page, "#report-form .button:not(.quiet)");
    assert.match(await reporter.page.locator("#own-reports").innerText(), new RegExp(title));

    const { page } = admin;
    await page.goto("/admin/reports");
    const report = page.locator(`[data-target="${id}"]`);
    assert.match(await report.innerText(), /바다가 보이지 않습니다/);
    await press(page, report.locator("form button"));
    assert.equal(await press(page, report.locator("button[value=hide]")), 422, "a decision has a reason");
    await report.locator("input[type=text]").fill("설명이 사실과 다릅니다.");
    await press(page, report.locator("button[value=hide]"));
    await until("it is hidden", async () => (await reporter.page.goto(`/listings/${id}`))!.status() === 404);
    await reporter.page.goto("/moderation");
    assert.match(await reporter.page.locator(`#decisions [data-target="${id}"]`).innerText(), /설명이 사실과 다릅니다/);
    await host.page.goto(`/host/listings/${id}`);
    await press(host.page, "#publish button");
    assert.equal(await host.page.locator("#problems h2").innerText(), ko.houseForm.forbidden.hidden);
  });

  test("a stuck booking and a dead letter are shown to admins, and the letter is delivered again", async () => {
    const { sql, as, promote, deployed } = hosting();
    await using admin = await hosting().visitor();
    await using guest = await hosting().visitor();
    await using host = await hosting().visitor();
    await signUp(admin, "admin_mends");
    await signUp(guest, "guest_waits");
    await signUp(host, "host_waits");
    await promote("admin_mends");
    const house = await published(await as("host_waits"), "기다리는 집");
    const ask = await as("guest_waits");
    const { page } = admin;
    await sql("bookings", "insert into seamline_saga_stops values ('booking', 'authorize', 'before')");
    try {
      const { id, reference } = await start(() => ask, house, nightsFrom(new Date(), 60));
      await ask.bookings.pay({ id, card: "card-ok" });
      await deployed.deployment.moveClock(60_000);
      const row = page.locator(".records tr", { hasText: reference });
      await until("it is shown as stuck at its step", async () => {
        await page.goto("/admin/bookings");
        return (await row.count()) === 1 && /authorize/.test(await row.innerText());
      });
      await sql("bookings", "delete from seamline_saga_stops");
      await becomes(() => ask, id, "confirmed");
    } finally {
      await sql("bookings", "delete from seamline_saga_stops");
    }

    const told = { booking: randomUUIDv7(), reference: "DEAD-0001", listing: house.id, title: house.title };
    const { id: owner, name } = house.host;
    const people = { guest: { id: null, name: "손님" }, host: { id: owner, name } };
    const rest = { from: "2026-12-01", to: "2026-12-02", total: 90_000, at: new Date().toISOString() };
    await sql(
      "bookings",
      `insert into seamline_outbox (subscriber, key, id, event, payload, at, traceparent, attempts, last_error, dead_at)
       values ('notify', $1, $2, 'bookings.bookingConfirmed', $3, now(), '', 20, '독이 든 사건', now())`,
      [told.booking, randomUUIDv7(), JSON.stringify({ ...told, ...people, ...rest })],
    );
    await page.goto("/admin/letters");
    assert.match(await page.locator(".records").innerText(), /독이 든 사건/);
    await press(page, ".records form button");
    assert.equal(await page.locator("#done").innerText(), ko.done.letterReplayed);
    assert.equal(await page.locator(".records").count(), 0);
    await until("the host is told at last", async () => {
      await host.page.goto("/notes");
      return (await host.page.locator("#notes", { hasText: house.title }).count()) === 1;
    });
  });

  test("a member who is kept out is out, and nobody does so to themselves", async () => {
    await using admin = await hosting().visitor();
    await using member = await hosting().visitor();
    await signUp(admin, "admin_keeps");
    await signUp(member, "member_out");
    await hosting().promote("admin_keeps");
    const { page } = admin;
    await page.goto("/admin/users?name=admin_keeps");
    assert.equal(await page.locator("#suspend-form").count(), 0);
    await page.goto("/admin/users?name=member_out");
    assert.equal(await press(page, "#suspend-form .danger"), 422);
    await fill(page, { days: "7", because: "되풀이한 광고" });
    await press(page, "#suspend-form .danger");
    await until("the session is over", async () => {
      await member.page.goto("/");
      return (await member.page.locator("#sign-out").count()) === 0;
    });
    await member.page.goto("/moderation");
    assert.match(await member.page.locator("#decisions").innerText(), /되풀이한 광고/);
  });
}

export function rights(hosting: () => Hosting): void {
  test("houses are for their hosts, and pages for admins are not there for others", async () => {
    await using host = await hosting().visitor();
    await using other = await hosting().visitor();
    await using stranger = await hosting().visitor();
    await signUp(host, "host_owns");
    await signUp(other, "other_host");
    const { id } = await published(await hosting().as("host_owns"), "남의 집");
    const draft = await writeHouse(host, "아직 쓰는 집");
    for (const path of ["", "/calendar", "/reviews"]) {
      assert.equal((await other.page.goto(`/host/listings/${id}${path}`))!.status(), 403, path);
      assert.equal((await other.page.goto(`/host/listings/${draft}${path}`))!.status(), 404, path);
    }
    for (const path of ["/host", "/host/bookings", "/notes", "/reviews/new", `/host/listings/${id}`]) {
      await stranger.page.goto(path);
      assert.equal(new URL(stranger.page.url()).pathname, "/login", path);
    }
    for (const tab of ["", "/bookings", "/refunds", "/letters", "/reports", "/ledger", "/users"])
      for (const { page } of [other, stranger])
        assert.equal((await page.goto(`/admin${tab}`))!.status(), 404, `/admin${tab}`);
    const { context } = other;
    await other.page.goto("/host/listings/new");
    const token = await other.page.locator("#house-form [name=token]").inputValue();
    for (const path of ["/admin/letters", "/admin/users/role", `/admin/reports/${id}/decide`])
      assert.equal((await context.request.post(path, { form: { token } })).status(), 404, path);
    for (const path of [`/host/listings/${id}/pause`, `/host/listings/${id}/photos/change`])
      assert.equal((await context.request.post(path, { form: { token } })).status(), 403, path);
    const file = { name: "a.png", mimeType: "image/png", buffer: Buffer.from("x") };
    assert.equal((await context.request.post("/host/listings/new", { multipart: { token, file } })).status(), 415);
    const asked = (await hosting().as("other_host")).bookings.deadLetters();
    await assert.rejects(asked, { code: "lettersForbidden" });
  });
}

/** Every kind of page, by the rules of accessibility, in a language. */
export function looks(hosting: () => Hosting, locale: string): void {
  test(`every page can be read and used by everybody, in ${locale}`, async () => {
    await using visitor = await hosting().visitor(true, locale);
    const { page } = visitor;
    const name = `looks_${locale.slice(0, 2)}`;
    await signUp(visitor, name);
    await hosting().promote(name);
    const { id } = await published(await hosting().as(name), "A house to look at");
    const own = `/host/listings/${id}`;
    const kinds: Record<string, string> = {
      host: "/host",
      "host-new": "/host/listings/new",
      "host-house": own,
      "host-calendar": `${own}/calendar`,
      "host-reviews": `${own}/reviews`,
      "host-bookings": "/host/bookings?state=all",
      notes: "/notes",
      report: `/report?kind=listing&id=${id}`,
      decisions: "/moderation",
      "review-not-yet": `/reviews/new?stay=${id}`,
    };
    for (const tab of ["", "/bookings", "/refunds", "/letters", "/reports", "/ledger", "/users"])
      kinds[`admin${tab.replace("/", "-")}`] = `/admin${tab}`;
    // Words are what differs between the languages, and one of each shape tells of the rest.
    const one = ["host", "host-house", "host-calendar", "notes", "report", "admin-reports"];
    for (const [kind, path] of Object.entries(kinds)) {
      if (locale === "ko-KR" && !one.includes(kind)) continue;
      await page.goto(path);
      await inspect(page, kind);
    }
    await page.goto("/host/listings/new");
    await press(page, "#house-form .button:not(.quiet)");
    await inspect(page, "host-new-refused");
    await page.goto(own);
    await press(page, "#add-photo button");
    await inspect(page, "host-photo-refused");
  });
}

/** What is left while parts are dead, where each has a process of its own. */
export function away(hosting: () => Hosting): void {
  test("without notifications, pictures and moderation the rest goes on, and says what is missing", async () => {
    await using host = await hosting().visitor();
    const { page } = host;
    await signUp(host, "host_goes_on");
    const { id } = await published(await hosting().as("host_goes_on"), "꿋꿋한 집");
    const down = ["notify", "media", "moderation"].map((name) => ({
      id: `${name}#0`,
      ...hosting().deployed.keepDown(`${name}#0`),
    }));
    try {
      assert.equal((await page.goto("/host"))!.status(), 200);
      assert.equal(await page.locator("#notes-link").count(), 1);
      assert.equal((await page.goto("/notes"))!.status(), 503);
      assert.equal(await page.locator("#notify-unavailable h1").innerText(), ko.noting.down);
      const picture = await host.context.request.get(`/media/${randomUUIDv7()}/small`);
      assert.deepEqual(
        [picture.status(), picture.headers()["content-type"], picture.headers()["cache-control"]],
        [200, "image/svg+xml; charset=utf-8", "no-store"],
      );
      await page.goto(`/report?kind=listing&id=${id}`);
      await page.locator("input[name=reason][value=spam]").check();
      await fill(page, { content: "적어 둔 말" });
      assert.equal(await press(page, "#report-form .button:not(.quiet)"), 503);
      assert.equal(await page.locator("#content").inputValue(), "적어 둔 말");
      assert.equal(await page.locator("input[name=reason][value=spam]").isChecked(), true);
    } finally {
      for (const { release } of down) release();
      await Promise.all(down.map(({ id: process, killed }) => hosting().deployed.isBack(process, killed)));
    }
    assert.equal(await press(page, "#report-form .button:not(.quiet)"), 200, "the same form, sent again");
    assert.equal(await page.locator("#own-reports .note").count(), 1);
  });

  test("without reviews, nobody is told that they may not write one", async () => {
    await using guest = await hosting().visitor();
    await signUp(guest, "guest_asks");
    const { release, killed } = hosting().deployed.keepDown("reviews#0");
    try {
      assert.equal((await guest.page.goto(`/reviews/new?stay=${randomUUIDv7()}`))!.status(), 503);
      assert.equal(await guest.page.locator("#reviews-unavailable h1").innerText(), ko.reviewing.unknown);
    } finally {
      release();
      await hosting().deployed.isBack("reviews#0", killed);
    }
  });
}
