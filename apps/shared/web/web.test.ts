import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bringUp, type Deployed } from "../../../test/suites/deployed.ts";
import { ask, Visitor, type Answer } from "../../../test/suites/visitor.ts";
import { monolith } from "seamline";
import { withAnyPorts } from "../../../src/deploy/ports.ts";
import app from "./testing/app.ts";

/** A second site on the shared pages, with nothing but words, one page and a frame of its own. */

let up: Deployed | undefined;
const url = (): string => up!.url("small-web");
before(async () => {
  const appUrl = import.meta.resolve("./testing/app.ts");
  up = await bringUp({ app, appUrl, topology: withAnyPorts(monolith(app)) });
});
after(() => up?.stop());

function upload(visitor: Visitor, fields: Record<string, string>): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  form.set("file", new Blob(["a picture"]), "picture.txt");
  return visitor.upload("/notes", form);
}

const tokenOf = (text: string, action: string): string =>
  /name="token" value="([^"]+)"/.exec(text.slice(text.indexOf(`action="${action}"`)))![1]!;

test("people sign up, out and in, and come to the site's own start", async () => {
  const visitor = new Visitor(url);
  const credentials = { username: "notes_1", password: "a quiet long evening" };
  const welcome = await visitor.submit("/signup", "/signup", credentials);
  assert.deepEqual([welcome.status, welcome.location], [303, "/?done=welcome"]);
  assert.match((await visitor.get("/")).text, /notes_1/);
  const account = await visitor.get("/account");
  assert.match(account.text, /<title>Account · Note<\/title>/);
  assert.match(account.text, /Notes stay\./);
  const goodbye = await visitor.submit("/", "/logout", {});
  assert.equal(goodbye.location, "/?done=signedOut");
  assert.equal((await visitor.get("/account")).location, "/login?next=%2Faccount");
  const back = await visitor.submit("/login?next=/account", "/login", { ...credentials, next: "/account" });
  assert.deepEqual([back.status, back.location], [303, "/account"]);
});

test("a site says shared texts, its own, and those that it has put in other words", async () => {
  const { text } = await ask(`${url()}/`);
  assert.match(text, /<html lang="en">/);
  assert.match(text, /Skip to content/);
  assert.match(text, /<button>Leave a note<\/button>/);
  assert.match((await ask(`${url()}/?lang=ko`)).text, /<button>쪽지 남기기<\/button>/);
  assert.match((await ask(`${url()}/?done=noted`)).text, /The note is left\./);
  assert.match((await ask(`${url()}/?done=signedOut`)).text, /You are signed out\./);
  assert.doesNotMatch((await ask(`${url()}/?done=toString`)).text, /id="done"/);
});

test("an address that leads nowhere says so in the site's words, and offers the main page once", async () => {
  const { status, text } = await ask(`${url()}/nowhere`);
  assert.equal(status, 404);
  assert.match(text, /The wind may have taken the note\./);
  assert.doesNotMatch(text, /Back to the start/, "the start of this site is its main page");
});

test("a site's stylesheet comes after the shared one, and files keep for ever at addresses of their content", async () => {
  const { text } = await ask(`${url()}/`);
  const styles = [...text.matchAll(/rel="stylesheet" href="([^"]+)"/g)].map((match) => match[1]!);
  assert.deepEqual(
    styles.map((one) => one.replace(/[0-9a-f]{12}/, "…")),
    ["/static/base.….css", "/static/site.….css"],
  );
  const { status, headers, text: content } = await ask(`${url()}${styles[1]}`);
  assert.deepEqual([status, headers["cache-control"]], [200, "public, max-age=31536000, immutable"]);
  assert.match(content, /--deep: #3c2a6b/);
});

test("a site's menu and badge stand in the frame of every page, for whom it shows them", async () => {
  const visitor = new Visitor(url);
  assert.match((await visitor.get("/login")).text, /<a href="\/notes"\s*><bdi>Note<\/bdi>/);
  assert.doesNotMatch((await visitor.get("/")).text, /id="unread"/);
  await visitor.signUp("notes_2");
  for (const path of ["/", "/account", "/nowhere"]) assert.match((await visitor.get(path)).text, /id="unread"/, path);
});

test("a form with a file is held to its token all the same", async () => {
  const visitor = new Visitor(url);
  const send = (token: string, note = "hello") => upload(visitor, { token, note });
  const token = tokenOf((await visitor.get("/")).text, "/notes");
  const stranger = tokenOf((await new Visitor(url).get("/")).text, "/notes");
  for (const wrong of ["", stranger, `${token}x`]) assert.equal((await send(wrong)).status, 403, wrong);
  const empty = await send(token, "");
  assert.equal(empty.status, 422);
  assert.match(empty.text, /<p class="error" id="note-error">Please write a note\.<\/p>/);
  assert.match(empty.text, /href="#note"/, "the problem at the top leads to the field");
  const { status, location } = await send(token);
  assert.deepEqual([status, location], [303, "/?done=noted"]);
});

test("a form shows again what was chosen and entered, escaped, with what describes each field", async () => {
  const visitor = new Visitor(url);
  const first = (await visitor.get("/")).text;
  assert.match(first, /<option value="white" selected>white<\/option>/);
  assert.match(first, /id="note"[^>]*data-max="40" data-counter="\{now\} \/ \{max\}"\s+list="earlier"/);
  const token = tokenOf(first, "/notes");
  const { text } = await upload(visitor, { token, note: "", colour: "<blue>" });
  assert.match(text, /<option value="&lt;blue&gt;" selected>&lt;blue&gt;<\/option>/);
  assert.doesNotMatch(text, /<option value="white" selected/);
  assert.match(text, /id="note"[^>]*aria-describedby="note-error" aria-invalid="true"/);
});
