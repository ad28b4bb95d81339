import type { Invariant, InvariantAccess, InvariantProgram, Violation } from "seamline";

/** What can be said of the board's data from outside its modules. */

const targetsPerPage = 5000;
const beforeAll = "00000000-0000-0000-0000-000000000000";

const belowPosts: Invariant = {
  id: "I1",
  says: { en: "every comment is below a post that is there", ko: "모든 댓글은 있는 글에 달려 있다" },
  kind: "orphan",
  async run({ sql }) {
    const violations: Violation[] = [];
    let checked = 0;
    // Comments are read first: a post is there before anybody can say something about it, and stays when it is removed.
    const page = `select distinct target from comments where target > $1 order by target limit ${targetsPerPage}`;
    for (let after = beforeAll, full = true; full;) {
      const targets = (await sql("comments", page, [after])).map(({ target }) => target as string);
      const posts = await sql("board", "select id from posts where id = any($1::uuid[])", [targets]);
      const there = new Set(posts.map(({ id }) => id as string));
      for (const id of targets) if (!there.has(id)) violations.push({ id, what: { comments: true, post: null } });
      checked += targets.length;
      full = targets.length === targetsPerPage;
      after = targets.at(-1) ?? after;
    }
    return { checked, violations };
  },
};

const posts: Invariant = {
  id: "I2",
  says: { en: "a board counts the posts that it shows", ko: "게시판의 글 수는 보이는 글의 수다" },
  kind: "torn",
  run: (access) =>
    counts(
      access,
      "board",
      `select slug as id, boards.posts as counted, count(posts.id)::int as found
       from boards left join posts on board = slug and removed_at is null group by slug`,
    ),
};

const comments: Invariant = {
  id: "I3",
  says: { en: "of each post, the comments are counted that are there", ko: "글마다 센 댓글 수는 있는 댓글의 수다" },
  kind: "torn",
  run: (access) =>
    counts(
      access,
      "comments",
      `select coalesce(targets.id, said.target) as id,
         (coalesce(targets.shown, 0) || ' of ' || coalesce(targets.places, 0)) as counted,
         (coalesce(said.shown, 0) || ' of ' || coalesce(said.places, 0)) as found
       from targets full join (
         select target, count(content)::int as shown, count(*)::int as places from comments group by target
       ) as said on said.target = targets.id`,
    ),
};

/** @param text selects of each thing its `id`, what is `counted` and what is `found` */
async function counts({ sql }: InvariantAccess, module: string, text: string): ReturnType<Invariant["run"]> {
  const [all] = await sql(module, `select count(*)::int as n from (${text}) as each`);
  const wrong = await sql(module, `select * from (${text}) as each where counted <> found order by id`);
  return {
    checked: all!["n"],
    violations: wrong.map(({ id, counted, found }) => ({ id: String(id), what: { counted, found } })),
  };
}

/** What its scenarios write ends with a mark: scenarios/reader.ts. */
const mark = /#([0-9a-f]{16})$/;

export default {
  checks: [belowPosts, posts, comments],

  async written({ sql }) {
    const posts = await sql("board", "select content from posts where content ~ '#[0-9a-f]{16}$'");
    const comments = await sql("comments", "select content from comments where content ~ '#[0-9a-f]{16}$'");
    return [...posts, ...comments].map(({ content }) => mark.exec(String(content))![1]!);
  },
} satisfies InvariantProgram;
