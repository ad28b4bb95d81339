import { raw } from "hono/html";
import MarkdownIt from "markdown-it";
import cjkFriendly from "markdown-it-cjk-friendly";
import sanitize from "sanitize-html";

/**
 * Markdown that strangers wrote, as HTML that is safe to show. Two independent walls: the parser takes no HTML at all,
 * and what it makes passes an allow-list in which nothing loads, runs or looks like the page around it.
 */

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true, typographer: false }).use(cjkFriendly);
// "다음.com"-like words in a sentence are not addresses; a link begins with a scheme, "www." or is a mail address.
parser.linkify.set({ fuzzyLink: false, fuzzyIP: false, fuzzyEmail: false });

/** Post text begins below the page's h1 and the post's own title, so that the outline of the page stays a tree. */
const lowered: Record<string, string> = { h1: "h3", h2: "h4", h3: "h5", h4: "h6", h5: "h6", h6: "h6" };

/** Whole addresses, and addresses of this site; "word:…" in any disguise is neither. */
const linked = /^(?:https?:\/\/|mailto:|\/(?![/\\])|#)/i;

const rules: sanitize.IOptions = {
  allowedTags: [
    ...["h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "ul", "ol", "li"],
    ...["em", "strong", "s", "a", "table", "thead", "tbody", "tr", "th", "td"],
  ],
  // No class, id, style or data attribute: text cannot dress up as a part of the page, nor take the name of one.
  allowedAttributes: { a: ["href", "title", "rel"], ol: ["start"] },
  allowedSchemes: ["http", "https", "mailto"],
  allowProtocolRelative: false,
  disallowedTagsMode: "discard",
  transformTags: {
    ...Object.fromEntries(Object.entries(lowered).map(([from, to]) => [from, sanitize.simpleTransform(to, {})])),
    a: (tagName, { href = "", title }) => ({
      tagName,
      attribs: { ...(linked.test(href) && { href }), ...(title && { title }), rel: "nofollow ugc noopener noreferrer" },
    }),
    // The content security policy loads no foreign image; its description is what can be shown.
    img: (_tagName, attribs) => ({ tagName: "em", attribs: {}, text: attribs["alt"] ? `[${attribs["alt"]}]` : "" }),
  },
};

export function markdown(source: string): ReturnType<typeof raw> {
  return raw(sanitize(parser.render(source), rules));
}
