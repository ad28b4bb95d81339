import { notifyModule } from "../shared/notify/notify.ts";
import { board } from "./board/contract.ts";
import { comments } from "./comments/contract.ts";

/** Whom the board tells what: authors of posts of comments below them, authors of comments of answers. */
export default notifyModule({
  types: ["commentAdded", "answerAdded"],
  rules: (tell) => [
    tell(board.postPublished, async ({ id, number, title, author }, things) => {
      await things.keep(id, { owner: author.id, data: { title }, link: `/board/${number}` });
      return [];
    }),
    tell(board.postEdited, async ({ id, title }, things) => {
      const post = await things.of(id);
      if (post) await things.keep(id, { ...post, data: { title } });
      return [];
    }),
    tell(comments.commentAdded, async ({ id, target, parent, author }, things) => {
      const post = await things.of(target);
      if (!post) {
        await things.await(target);
        return [];
      }
      const asked = parent === null ? undefined : await things.of(parent);
      if (parent === null) await things.keep(id, { ...post, owner: author.id });
      const note = { by: author, data: post.data, link: `${post.link}#comment-${id}` };
      const answered = asked ? [{ ...note, user: asked.owner, type: "answerAdded" as const }] : [];
      // Nobody hears twice of one comment.
      const below = asked?.owner === post.owner ? [] : [{ ...note, user: post.owner, type: "commentAdded" as const }];
      return [...answered, ...below];
    }),
  ],
});
