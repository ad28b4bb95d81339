import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import { test } from "node:test";
import type { User } from "seamline";
import { closedName } from "../../shared/accounts/contract.ts";
import { becomes, confirmed, dayMs, nightsFrom, openHouse, until, type House } from "../bookings/testing.ts";
import { everywhere, fails, somebody } from "../testing.ts";
import { reviews } from "./contract.ts";

await everywhere(
  ["reviews"],
  ["accounts", "availability", "bookings", "listings", "moderation", "payments"],
  (running) => {
    let movedMs = 0;
    const now = () => new Date(Date.now() + movedMs);
    const as = (user: User) => running().as(user);
    const by = (user: User) => () => as(user);

    /** Has guests stay at a house, one after the other, and lets the time pass. @returns their stays, in their order */
    const stays = async (house: House, ...guests: User[]): Promise<string[]> => {
      const booked: string[] = [];
      for (const [place, guest] of guests.entries())
        booked.push((await confirmed(by(guest), house, nightsFrom(now(), 1 + place, 1))).id);
      const passMs = (guests.length + 2) * dayMs;
      movedMs += passMs;
      await running().moveClock(passMs);
      for (const [place, guest] of guests.entries()) {
        await becomes(by(guest), booked[place]!, "completed");
        await until("reviews know of the stay", async () => {
          return (await as(guest).reviews.eligible({})).some(({ stay }) => stay === booked[place]);
        });
      }
      return booked;
    };
    const shown = (house: House) => running().context.reviews.forListing({ listing: house.id });

    test("only who has stayed may say how it was, and only once", async () => {
      const [house, guest] = [await openHouse(as), somebody("손님")];
      const { id: stay } = await confirmed(by(guest), house, nightsFrom(now(), 1, 1));
      const words = { stay, stars: 5, content: "또 오고 싶어요" };
      assert.deepEqual(await as(guest).reviews.eligible({ listing: house.id }), []);
      await assert.rejects(as(guest).reviews.submit(words), fails(reviews.submit, "notAGuest", { stay }));
      const nobody = running().context.reviews.submit(words);
      await assert.rejects(nobody, fails(reviews.submit, "forbidden", { reason: "signIn" }));

      movedMs += 3 * dayMs;
      await running().moveClock(3 * dayMs);
      const [eligible] = await until("reviews know of the stay", async () => {
        const found = await as(guest).reviews.eligible({ listing: house.id });
        return found.length > 0 && found;
      });
      assert.deepEqual([eligible!.stay, eligible!.reviewed], [stay, false]);
      const stranger = as(somebody("딴사람")).reviews.submit(words);
      await assert.rejects(stranger, fails(reviews.submit, "notAGuest", { stay }));

      const tries = await Promise.allSettled([1, 2, 3].map(() => as(guest).reviews.submit(words)));
      const said = tries.filter((one) => one.status === "fulfilled").map(({ value }) => value);
      assert.equal(said.length, 1);
      const again = fails(reviews.submit, "alreadyReviewed", { review: said[0]!.id });
      for (const one of tries) if (one.status === "rejected") again(one.reason);
      await assert.rejects(as(guest).reviews.submit({ ...words, stars: 1 }), again);
      assert.deepEqual(await shown(house), { reviews: said, rating: { count: 1, average: 5 }, page: 1, pages: 1 });
      assert.equal((await as(guest).reviews.eligible({}))[0]!.reviewed, true);
    });

    test("a rating is the mean of the shown reviews, also while some are hidden", async () => {
      const house = await openHouse(as);
      const guests = [5, 4, 4].map((stars) => somebody(`별${stars}`));
      const booked = await stays(house, ...guests);
      const said = [];
      for (const [place, stars] of [5, 4, 4].entries())
        said.push(await as(guests[place]!).reviews.submit({ stay: booked[place]!, stars, content: "좋아요" }));
      assert.deepEqual((await shown(house)).rating, { count: 3, average: 4.33 });
      assert.deepEqual(
        (await shown(house)).reviews.map(({ id }) => id),
        said.map(({ id }) => id).toReversed(),
      );
      const admin = as(somebody("운영", "admin")).reviews;
      const review = said[0]!.id;
      await assert.rejects(as(guests[0]!).reviews.hide({ review }), fails(reviews.hide, "forbidden"));
      for (let time = 0; time < 2; time++) {
        assert.deepEqual(await admin.hide({ review }), { hidden: true });
        assert.deepEqual((await shown(house)).rating, { count: 2, average: 4 });
      }
      assert.ok(!(await shown(house)).reviews.some(({ id }) => id === review));
      await running().settled();
      const { rating } = await running().context.listings.get({ id: house.id });
      assert.deepEqual(rating, { count: 2, average: 4 });
      assert.deepEqual(await admin.hide({ review, hidden: false }), { hidden: false });
      const none = randomUUIDv7();
      assert.deepEqual(await running().context.reviews.summaryMany({ listings: [none, house.id.toUpperCase()] }), {
        [house.id.toUpperCase()]: { count: 3, average: 4.33 },
      });
      await assert.rejects(admin.hide({ review: none }), fails(reviews.hide, "notFound", { review: none }));
    });

    test("a house whose only review is hidden has no rating", async () => {
      const [house, guest] = [await openHouse(as), somebody("손님")];
      const [stay] = await stays(house, guest);
      const { id: review } = await as(guest).reviews.submit({ stay: stay!, stars: 1, content: "별로" });
      await as(somebody("운영", "admin")).reviews.hide({ review });
      assert.deepEqual((await shown(house)).rating, { count: 0, average: null });
      assert.deepEqual(await running().context.reviews.summaryMany({ listings: [house.id] }), {});
      await assert.rejects(as(house.host).reviews.reply({ review, content: "…" }), fails(reviews.reply, "notFound"));
    });

    test("what moderation hides counts for nothing, until it takes that back", async () => {
      const [house, guest, admin] = [await openHouse(as), somebody("손님"), somebody("운영", "admin")];
      const [stay] = await stays(house, guest);
      const { id } = await as(guest).reviews.submit({ stay: stay!, stars: 2, content: "광고입니다" });
      const target = { kind: "review", id, title: "후기", link: `/listings/${house.id}` };
      const { report } = await as(house.host).moderation.report({ target, reason: "spam" });
      await as(admin).moderation.decide({ report, decision: "hide", because: "광고" });
      await running().settled();
      assert.deepEqual((await shown(house)).rating, { count: 0, average: null });
      await as(admin).moderation.restore({ target, because: "광고가 아니었습니다" });
      await running().settled();
      assert.deepEqual((await shown(house)).rating, { count: 1, average: 2 });
    });

    test("the host may answer, and nobody else", async () => {
      const [house, guest] = [await openHouse(as), somebody("손님")];
      const [stay] = await stays(house, guest);
      const { id: review } = await as(guest).reviews.submit({ stay: stay!, stars: 3, content: "괜찮아요" });
      const content = "와 주셔서 고맙습니다";
      const guests = as(guest).reviews.reply({ review, content });
      await assert.rejects(guests, fails(reviews.reply, "forbidden", { reason: "notHost" }));
      await as(house.host).reviews.reply({ review, content: "고맙" });
      assert.equal((await as(house.host).reviews.reply({ review, content })).reply!.content, content);
      assert.equal((await shown(house)).reviews[0]!.reply!.content, content);
    });

    test("what somebody who left has said stays, without their name", async () => {
      const password = "긴 비밀번호 하나 둘 셋";
      const username = `떠날이${Math.floor(Math.random() * 1e6)}`;
      const { user } = await running().context.accounts.register({ username, password });
      const house = await openHouse(as);
      const [stay] = await stays(house, user);
      await as(user).reviews.submit({ stay: stay!, stars: 4, content: "잘 쉬었어요" });
      assert.deepEqual((await shown(house)).reviews[0]!.author, { id: user.id, name: username });
      await as(user).accounts.close({ password });
      await running().settled();
      const { reviews: left, rating } = await shown(house);
      assert.deepEqual([left[0]!.author, rating.count], [{ id: null, name: closedName }, 1]);
      assert.equal(left[0]!.content, "잘 쉬었어요");
    });
  },
);
