import type { InvariantProgram } from "seamline";

/** What its scenarios write ends with a mark: scenarios/reader.ts. */
const mark = /#([0-9a-f]{16})$/;

/** What can be said of the board's data from outside its modules. */
export default {
  checks: [],

  async written({ sql }) {
    const posts = await sql("board", "select content from posts where content ~ '#[0-9a-f]{16}$'");
    const comments = await sql("comments", "select content from comments where content ~ '#[0-9a-f]{16}$'");
    return [...posts, ...comments].map(({ content }) => mark.exec(String(content))![1]!);
  },
} satisfies InvariantProgram;
