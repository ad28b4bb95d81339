/** The few plain pages that the edge itself shows. They carry no style: the content security policy allows none inline. */

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => escapes[character]!);
}

/** In both languages, because a page that fails cannot know which one was chosen. */
const messages: Readonly<Record<number, readonly [ko: string, en: string]>> = {
  400: ["요청을 이해하지 못했습니다.", "The request could not be understood."],
  401: ["로그인이 필요합니다.", "Please sign in."],
  403: ["권한이 없습니다.", "You may not do this."],
  404: ["페이지를 찾을 수 없습니다.", "There is no such page."],
  413: ["보낸 내용이 너무 큽니다.", "What was sent is too large."],
  429: ["요청이 너무 많습니다. 잠시 뒤에 다시 해 주세요.", "Too many requests. Please try again later."],
  503: ["지금은 이용할 수 없습니다. 잠시 뒤에 다시 해 주세요.", "Not available now. Please try again soon."],
  504: ["응답이 늦어지고 있습니다. 잠시 뒤에 다시 해 주세요.", "This took too long. Please try again soon."],
};
const refused = ["요청을 처리할 수 없습니다.", "The request was refused."] as const;
const failed = ["문제가 생겼습니다.", "Something went wrong."] as const;

export function errorPage(status: number, traceId: string): string {
  const [ko, en] = messages[status] ?? (status < 500 ? refused : failed);
  const trace = traceId === "" ? "" : `<p><code>${escapeHtml(traceId)}</code></p>`;
  return page("ko", `${status}`, `<p>${ko}</p><p lang="en">${en}</p>${trace}<p><a href="/">처음으로 / Home</a></p>`);
}

export function explanationPage(code: string, about: { status: number; title: string; detail: string }): string {
  const detail = `<p>HTTP ${about.status}</p><p>${escapeHtml(about.detail)}</p>`;
  return page("en", about.title, `<p><code>${escapeHtml(code)}</code></p>${detail}`);
}

function page(lang: string, title: string, body: string): string {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>`;
  return `<!doctype html><html lang="${lang}"><head>${head}</head><body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;
}
