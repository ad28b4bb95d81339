import { isError, type Client } from "seamline";
import type { Change, Document } from "../shared/search/documents.ts";
import { searchModule } from "../shared/search/search.ts";
import { board, type Post } from "./board/contract.ts";

function toDocument({ id, number, board, version, title, content, author }: Post): Document {
  return {
    ...{ id, version, title, text: content },
    // Not the author's name: it may be another by now, or nobody's.
    tags: [`board:${board}`, ...(author.id ? [`author:${author.id}`] : [])],
    numbers: { number },
  };
}

/** Events tell that a post is there, not what it says. null: it was removed meanwhile, which an event will tell. */
async function ask({ number }: { number: number }, clients: { board: Client<typeof board> }): Promise<Change | null> {
  try {
    return { is: "there", kind: "post", document: toDocument(await clients.board.getPost({ number })) };
  } catch (error) {
    if (isError(error, board.getPost, "notFound")) return null;
    throw error;
  }
}

/** What can be found on the board: posts that are there for everybody. */
export default searchModule({
  uses: { board },
  kinds: {
    post: { numbers: [], scan: async ({ board }, after) => (await board.scan({ after })).map(toDocument) },
  },
  on: (told) => [
    told(board.postPublished, ask),
    told(board.postEdited, ask),
    told(board.postRestored, ask),
    told(board.postRemoved, ({ id, version }) => ({ is: "gone", kind: "post", id, version })),
  ],
});
