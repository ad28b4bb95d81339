import type { Post } from "../board/contract.ts";
import type { Visit } from "./visit.ts";

/** Who may change a post: its author; and take it away: admins, too. The board module has the last word. */
export function mayChange({ member }: Visit, post: Post): { readonly edit: boolean; readonly remove: boolean } {
  const edit = member !== null && post.author.id === member.user.id;
  return { edit, remove: edit || (member !== null && member.user.roles.includes("admin")) };
}
