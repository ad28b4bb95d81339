import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown } from "./markdown.ts";

const render = (source: string): string => String(markdown(source));

test("HTML in a post is shown as text", () => {
  const shown = render(`<script>alert(1)</script> <img src=x onerror=alert(1)> <b>굵게</b>`);
  assert.doesNotMatch(shown, /<script|<img|<b>/);
  assert.match(shown, /&lt;script&gt;/);
});

test("a link that runs code is not a link", () => {
  for (const address of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java&#10;script:alert(1)",
    "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "//evil.example/",
  ])
    for (const source of [`[눌러](${address})`, `<${address}>`, `[눌러][1]\n\n[1]: ${address}`])
      assert.doesNotMatch(render(source), /href=/, source);
});

test("a foreign link passes no reputation, opener or referrer", () => {
  assert.match(
    render("[글](https://example.test/a)"),
    /<a href="https:\/\/example.test\/a" rel="nofollow ugc noopener noreferrer">글<\/a>/,
  );
  assert.match(render("https://example.test/한글 보기"), /<a [^>]*rel="nofollow ugc/);
});

test("a word with a dot in it does not become a link", () => {
  assert.doesNotMatch(render("파일 이름은 notes.md, 주소는 example.com 입니다"), /<a /);
});

test("an image is replaced by its description", () => {
  const shown = render("![고양이 사진](https://tracker.example/pixel.png)");
  assert.doesNotMatch(shown, /<img|tracker/);
  assert.match(shown, /\[고양이 사진\]/);
});

test("an attribute cannot be broken out of", () => {
  const shown = render(`[a](https://example.test/"onmouseover="alert(1) "t\\" onclick=x")`);
  // What is left outside of quotes is names of tags and attributes.
  assert.equal(shown.replace(/"[^"]*"/g, "").trim(), "<p><a href= title= rel=>a</a></p>");
});

test("headings of a post stay below the headings of the page, and skip no level", () => {
  const levels = (source: string, top: 2 | 3): string[] =>
    [...String(markdown(source, top)).matchAll(/<h(\d)>/g)].map((match) => match[1]!);
  assert.deepEqual(levels("# 하나\n\n## 둘\n\n# 셋", 2), ["2", "3", "2"]);
  assert.deepEqual(levels("### 하나\n\n###### 둘\n\n## 셋", 2), ["2", "3", "3"]);
  assert.deepEqual(levels("## 하나", 3), ["3"]);
  assert.equal(render("> ## 인용\n\n본문").includes("<h2>인용</h2>"), true);
});

test("emphasis works beside Korean particles", () => {
  assert.match(render("**이것은 굵게(강조)**입니다"), /<strong>이것은 굵게\(강조\)<\/strong>입니다/);
});

test("a line break in the source is a line break on the page", () => {
  assert.match(render("첫째 줄\n둘째 줄"), /첫째 줄<br \/>\s*둘째 줄/);
});
