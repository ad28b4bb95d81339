import { siteTexts } from "../../shared/web/site-texts.ts";

/**
 * The board's own words, in both languages. English has the type of the Korean texts, so a text that is missing in one of
 * them does not compile. Numbers and dates arrive here already formatted.
 */

const ko = {
  brand: "이음",
  tagline: "이야기를 한 땀씩 잇는 게시판",
  toStart: "게시판으로",
  stateUnknown: "로그인 상태를 지금 확인할 수 없습니다. 읽기는 계속됩니다.",
  signInUnavailable: "지금은 로그인할 수 없습니다. 글은 계속 읽을 수 있습니다. 잠시 뒤 다시 시도해 주세요.",
  notFoundWhy: "주소가 바뀌었거나 글이 지워졌을 수 있습니다.",
  leaveWhy: "이름과 로그인 정보가 모두 지워지고, 쓴 글과 댓글은 “탈퇴한 회원”의 것으로 남습니다. 되돌릴 수 없습니다.",

  board: "게시판",

  homeLead: "글을 쓰고, 읽고, 서로의 말에 말을 잇는 조용한 자리입니다.",
  homeSignInHint: "이름으로 들어가 글을 남깁니다.",
  homeBoardHint: "다른 사람들의 글을 읽습니다.",
  homeAccountHint: "로그인 기기, 비밀번호, 탈퇴를 다룹니다.",
  hello: (name: string) => `${name} 님, 반갑습니다.`,

  allBoards: "전체",
  boardsMenu: "게시판 고르기",
  write: "글쓰기",
  postCount: (n: string) => `글 ${n}개`,
  noPosts: "아직 글이 없습니다. 첫 글을 남겨 보세요.",
  noSuchPage: "이 쪽에는 글이 없습니다.",
  number: "번호",
  by: "글쓴이",
  edited: "고침",
  editedAt: (when: string) => `${when}에 고침`,
  commentsShort: (n: string) => `댓글 ${n}`,
  commentCountsUnavailable: "댓글 수를 지금 볼 수 없습니다. 글은 그대로 읽을 수 있습니다.",
  boardUnavailable: "게시판을 잠시 볼 수 없습니다",
  boardUnavailableWhy:
    "글은 그대로 있습니다. 게시판이 돌아오면 바로 다시 보입니다. 잠시 뒤 이 주소를 다시 열어 주세요.",
  listFresh: "목록이 최신입니다.",
  listNew: (n: string) => `새 글 ${n}개를 더했습니다.`,
  listStale: "목록을 새로 고치지 못했습니다. 페이지를 열었을 때의 목록을 보여 드립니다.",
  newPost: "새 글",

  title: "제목",
  content: "내용",
  contentHint: "마크다운을 쓸 수 있습니다. **굵게**, > 인용, - 목록, [이름](주소)",
  boardField: "게시판",
  publish: "올리기",
  editPost: "글 고치기",
  edit: "고치기",
  remove: "지우기",
  removePost: "글 지우기",
  removePostAsk: (title: string) => `“${title}” 글을 지울까요?`,
  removePostWhy: "지운 글은 다른 사람에게 보이지 않습니다. 나중에 되살릴 수 있습니다.",
  restore: "되살리기",
  removedPost: "지운 글입니다. 글쓴이와 관리자에게만 보입니다.",
  titleInvalid: (max: string) => `제목을 한 줄로, ${max}자 이내로 적어 주세요.`,
  contentInvalid: (max: string) => `내용을 ${max}자 이내로 적어 주세요. 빈 글은 올릴 수 없습니다.`,
  boardInvalid: "고른 게시판이 없습니다. 다시 골라 주세요.",
  editConflict:
    "그 사이에 다른 곳에서 이 글이 고쳐졌습니다. 적은 내용은 그대로 있습니다. 지금 글을 확인한 뒤 다시 저장하면 적은 내용으로 바뀝니다.",
  current: "지금 글 보기",
  forbidden: {
    notAuthor: "글쓴이만 할 수 있습니다.",
    adminsOnly: "이 게시판에는 관리자만 쓸 수 있습니다.",
  },

  comments: "댓글",
  commentsTotal: (n: string) => `댓글 ${n}개`,
  noComments: "아직 댓글이 없습니다.",
  commentsUnavailable: "댓글을 잠시 볼 수 없습니다. 글은 그대로 읽을 수 있습니다.",
  commentBoxUnavailable: "댓글이 멈춰 있어 지금은 쓸 수 없습니다. 돌아오면 바로 다시 쓸 수 있습니다.",
  commentField: "댓글 쓰기",
  commentSubmit: "댓글 올리기",
  answer: "답글",
  answerTo: (name: string) => `${name} 님에게 답글`,
  answerSubmit: "답글 올리기",
  editComment: "댓글 고치기",
  removeComment: "댓글 지우기",
  removeCommentAsk: "이 댓글을 지울까요?",
  removeCommentWhy: "자리는 남고 내용만 사라집니다. 되돌릴 수 없습니다.",
  removedComment: "지워진 댓글입니다.",
  signInToComment: "로그인하고 댓글 쓰기",
  commentInvalid: (max: string) => `댓글을 ${max}자 이내로 적어 주세요. 빈 댓글은 올릴 수 없습니다.`,
  commentGone: "답하려던 글이나 댓글이 사라졌습니다.",
  commentConflict:
    "그 사이에 이 댓글이 고쳐졌습니다. 적은 내용은 그대로 있습니다. 다시 저장하면 적은 내용으로 바뀝니다.",
  of: (what: string, name: string) => `${what}: ${name}의 댓글`,

  done: {
    written: "글을 올렸습니다.",
    edited: "글을 고쳤습니다.",
    deleted: "글을 지웠습니다. 글쓴이는 그 글의 주소에서 되살릴 수 있습니다.",
    restored: "글을 되살렸습니다.",
    commented: "댓글을 올렸습니다.",
    commentEdited: "댓글을 고쳤습니다.",
    commentRemoved: "댓글을 지웠습니다.",
  },
};

const en: typeof ko = {
  brand: "Ieum",
  tagline: "A board that joins what we say, stitch by stitch",
  toStart: "Back to the board",
  stateUnknown: "We cannot check right now whether you are signed in. Reading goes on.",
  signInUnavailable: "Signing in is not possible right now. You can go on reading. Please try again in a moment.",
  notFoundWhy: "The address may have changed, or the post may have been deleted.",
  leaveWhy:
    "Your name and sign-in data are erased; your posts and comments stay as those of a “former member”. This cannot be undone.",

  board: "Board",

  homeLead: "A quiet place to write, to read, and to pick up where somebody else left off.",
  homeSignInHint: "Come in by your name and write.",
  homeBoardHint: "Read what others have written.",
  homeAccountHint: "Your devices, your password, leaving.",
  hello: (name) => `Good to see you, ${name}.`,

  allBoards: "All",
  boardsMenu: "Choose a board",
  write: "Write",
  postCount: (n) => `Posts: ${n}`,
  noPosts: "No posts yet. Write the first one.",
  noSuchPage: "There are no posts on this page.",
  number: "No.",
  by: "By",
  edited: "edited",
  editedAt: (when) => `edited ${when}`,
  commentsShort: (n) => `Comments: ${n}`,
  commentCountsUnavailable: "Comment counts are unavailable right now. Posts can be read as usual.",
  boardUnavailable: "The board is unavailable for a moment",
  boardUnavailableWhy:
    "The posts are safe, and will be here again as soon as the board is back. Please open this address again in a moment.",
  listFresh: "The list is up to date.",
  listNew: (n) => `New posts added: ${n}`,
  listStale: "The list could not be refreshed. You see it as it was when the page was opened.",
  newPost: "New",

  title: "Title",
  content: "Text",
  contentHint: "Markdown works: **bold**, > quote, - list, [name](address)",
  boardField: "Board",
  publish: "Publish",
  editPost: "Edit post",
  edit: "Edit",
  remove: "Delete",
  removePost: "Delete post",
  removePostAsk: (title) => `Delete “${title}”?`,
  removePostWhy: "Nobody else will see a deleted post. You can restore it later.",
  restore: "Restore",
  removedPost: "This post is deleted. Only its author and admins can see it.",
  titleInvalid: (max) => `Please enter a title on one line, of at most ${max} characters.`,
  contentInvalid: (max) => `Please enter a text of at most ${max} characters; it cannot be empty.`,
  boardInvalid: "There is no such board. Please choose again.",
  editConflict:
    "This post was edited elsewhere in the meantime. What you wrote is still here. Look at the post as it is now; saving again replaces it with your text.",
  current: "See the post as it is now",
  forbidden: {
    notAuthor: "Only the author can do this.",
    adminsOnly: "Only admins can write on this board.",
  },

  comments: "Comments",
  commentsTotal: (n) => `Comments: ${n}`,
  noComments: "No comments yet.",
  commentsUnavailable: "Comments are unavailable for a moment. The post can be read as usual.",
  commentBoxUnavailable:
    "Comments are down, so nothing can be sent right now. The box opens again as soon as they are back.",
  commentField: "Write a comment",
  commentSubmit: "Send comment",
  answer: "Reply",
  answerTo: (name) => `Reply to ${name}`,
  answerSubmit: "Send reply",
  editComment: "Edit comment",
  removeComment: "Delete comment",
  removeCommentAsk: "Delete this comment?",
  removeCommentWhy: "Its place stays, its text goes. This cannot be undone.",
  removedComment: "This comment was deleted.",
  signInToComment: "Sign in to comment",
  commentInvalid: (max) => `Please enter a comment of at most ${max} characters; it cannot be empty.`,
  commentGone: "The post or comment you were answering is gone.",
  commentConflict:
    "This comment was edited in the meantime. What you wrote is still here; saving again replaces the comment with it.",
  of: (what, name) => `${what}: comment by ${name}`,

  done: {
    written: "Your post is published.",
    edited: "The post is saved.",
    deleted: "The post is deleted. Its author can restore it at its address.",
    restored: "The post is back.",
    commented: "Your comment is sent.",
    commentEdited: "The comment is saved.",
    commentRemoved: "The comment is deleted.",
  },
};

export const text = siteTexts({ ko, en });
export type Texts = (typeof text)["ko"];
