import { contract, query } from "seamline";
import { z } from "zod";

const Post = z.object({ id: z.string(), title: z.string(), content: z.string() });
const List = z.object({ items: z.array(Post) });

export const echo = contract("echo", {
  echo: query({ input: Post, output: Post }),
  list: query({ input: List, output: List }),
});
