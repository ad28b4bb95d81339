// What the board adds to its list. The list that comes with a page is whole without it.

/** Refreshes the first page of the list from `board_list`: `[{ id, title, content }]`, the oldest first. */
async function refresh(section) {
  const state = document.getElementById("list-state");
  try {
    const answer = await fetch(section.dataset.list, { credentials: "omit", signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(`board_list answered ${answer.status}`);
    const added = merge(section, await answer.json());
    state.className = "fresh";
    state.textContent = added > 0 ? section.dataset.added.replace("{n}", added) : section.dataset.fresh;
  } catch {
    // The list that came with the page stays.
    state.className = "fresh stale";
    state.textContent = section.dataset.stale;
  }
}

/** Brings the rows up to date with the newest posts. Returns how many were added. */
function merge(section, posts) {
  const list = document.getElementById("posts");
  const size = Number(section.dataset.size);
  const known = new Map([...list.children].map((row) => [Number(row.dataset.number), row]));
  const newest = posts.toSorted((a, b) => b.id - a.id).slice(0, size);
  const oldestTold = newest.length < size ? 0 : newest.at(-1).id;
  for (const [number, row] of known) if (number >= oldestTold && !newest.some(({ id }) => id === number)) row.remove();
  let added = 0;
  let before = list.firstElementChild;
  for (const post of newest) {
    const row = known.get(post.id);
    if (row) {
      const title = row.querySelector(".post-title bdi");
      if (title.textContent !== post.title) title.textContent = post.title;
      before = row.nextElementSibling;
    } else {
      list.insertBefore(newRow(section, post), before);
      added++;
    }
  }
  while (list.children.length > size) list.lastElementChild.remove();
  list.hidden = list.children.length === 0;
  if (!list.hidden) section.querySelector(".empty")?.remove();
  return added;
}

function newRow(section, { id, title, content }) {
  const row = element("li", "post");
  row.dataset.number = id;
  const link = element("a", "post-title");
  link.href = `/board/${id}`;
  link.append(element("bdi", "", title));
  const main = element("div", "post-main");
  const text = content.length > 80 ? `${content.slice(0, 80)}…` : content;
  main.append(link, element("span", "badge", section.dataset.new), element("p", "meta", text));
  row.append(element("span", "post-number", id), main);
  return row;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(text);
  return made;
}

const section = document.querySelector("[data-list]");
if (section) {
  void refresh(section);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void refresh(section);
  });
}
