import { createRequire } from "node:module";
import { raw } from "hono/html";
import type MarkdownIt from "markdown-it";
import type sanitize from "sanitize-html";

/**
 * Markdown that strangers wrote, as HTML that is safe to show. Two independent walls: the parser takes no HTML at all,
 * and what it makes passes an allow-list in which nothing loads, runs or looks like the page around it.
 */

interface Tools {
  readonly parser: MarkdownIt;
  readonly sanitize: typeof sanitize;
}

let loaded: Tools | undefined;

/** Both libraries come with the first text: without them pages are ready a tenth sooner, with 9 MB less. */
function tools(): Tools {
  if (loaded) return loaded;
  const require = createRequire(import.meta.url);
  const Parser = require("markdown-it") as typeof MarkdownIt;
  const { default: cjkFriendly } = require("markdown-it-cjk-friendly") as typeof import("markdown-it-cjk-friendly");
  const parser = new Parser({ html: false, linkify: true, breaks: true, typographer: false }).use(cjkFriendly);
  // "다음.com"-like words in a sentence are not addresses; a link begins with a scheme, "www." or is a mail address.
  parser.linkify.set({ fuzzyLink: false, fuzzyIP: false, fuzzyEmail: false });
  return (loaded = { parser, sanitize: require("sanitize-html") as typeof sanitize });
}

/** Whole addresses, and addresses of this site; "word:…" in any disguise is neither. */
const linked = /^(?:https?:\/\/|mailto:|\/(?![/\\])|#)/i;

const rules: sanitize.IOptions = {
  allowedTags: [
    ...["h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "ul", "ol", "li"],
    ...["em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"],
  ],
  // No class, id, style or data attribute: text cannot dress up as a part of the page, nor take the name of one.
  allowedAttributes: { a: ["href", "title", "rel"], ol: ["start"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowProtocolRelative: false,
  disallowedTagsMode: "discard",
  transformTags: {
    a: (tagName, { href = "", title }) => ({
      tagName,
      attribs: { ...(linked.test(href) && { href }), ...(title && { title }), rel: "nofollow ugc noopener noreferrer" },
    }),
    // The content security policy loads no foreign image; its description is what can be shown.
    img: (_tagName, attribs) => ({ tagName: "em", attribs: {}, text: attribs["alt"] ? `[${attribs["alt"]}]` : "" }),
  },
};

/** @param top the level of the text's highest headings, so that the outline of the page around it stays a tree */
export function markdown(source: string, top: 2 | 3 = 2): ReturnType<typeof raw> {
  const { parser, sanitize } = tools();
  const tokens = parser.parse(source, {});
  lowerHeadings(tokens, top);
  return raw(sanitize(parser.renderer.render(tokens, parser.options, {}), rules));
}

/** No heading is above `top`, and none is more than one level below the heading before it. */
function lowerHeadings(tokens: ReturnType<MarkdownIt["parse"]>, top: number): void {
  let level = top - 1;
  for (const token of tokens) {
    if (token.type === "heading_open") level = Math.min(top - 1 + Number(token.tag.slice(1)), level + 1, 6);
    if (token.type === "heading_open" || token.type === "heading_close") token.tag = `h${level}`;
  }
}
