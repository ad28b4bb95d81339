import { createHash } from "node:crypto";
import { SeamlineError, type SeedProgram } from "seamline";
import { hashPatiently } from "../shared/accounts/passwords.ts";
import { columns, generate, sizes, type Size } from "./generate.ts";

/** Another seed makes other people who say other things. */
export const seed = "board-1";
/** Of every made-up user, for trying things out and for load. Such data has no place on a site that others can reach. */
export const demoPassword = "우산을 쓴 고양이 열 마리";

/** Fills an empty board with made-up people, posts and comments. The size L is for measuring and takes a while. */
export default {
  sizes: Object.keys(sizes),

  async run(size, access) {
    await refuseUnlessFresh(access);
    const made = generate(size as Size, seed);
    const copy = async (module: string, table: keyof typeof columns, rows: Iterable<readonly unknown[]>) => {
      const count = await access.copy(module, table, columns[table], rows);
      // Without figures about so many new rows, the first minute's queries would be planned as for empty tables.
      await access.sql(module, `analyze ${table}`);
      access.progress(`${module}.${table}: ${count} rows`);
    };

    // One hash for all, with a salt that goes with the seed: thousands of real ones would take minutes.
    const password = await hashPatiently(demoPassword, createHash("sha256").update(seed).digest().subarray(0, 16));
    await copy("accounts", "users", made.users(password));
    await copy("accounts", "handles", made.handles());

    const [last] = await access.sql("board", "select last from post_numbers");
    const first = Number(last!["last"]) + 1;
    await copy("board", "posts", made.posts(first));
    await access.sql("board", "update post_numbers set last = last + $1", [sizes[size as Size].posts]);
    for (const [slug, count] of made.shown())
      await access.sql("board", "update boards set posts = posts + $1 where slug = $2", [count, slug]);

    await copy("comments", "comments", made.comments());
    await copy("comments", "targets", made.targets());
    const [user] = await access.sql("accounts", "select name from users order by id limit 1");
    access.progress(`sign in as ${String(user!["name"])} (or any other) with the password "${demoPassword}"`);
  },
} satisfies SeedProgram;

async function refuseUnlessFresh(access: Parameters<SeedProgram["run"]>[1]): Promise<void> {
  const [row] = await access.sql("accounts", "select count(*)::int as users from users");
  const users = Number(row!["users"]);
  if (users === 0) return;
  const message = `seed: there are ${users} users already, and made-up data goes into an empty deployment only; choose another data directory`;
  throw new SeamlineError("not_empty", message, { data: { users } });
}
