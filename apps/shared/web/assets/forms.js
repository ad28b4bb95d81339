// What every site's pages have of script. Everything here only adds: each page works without it.

/** Keeps what is being written in this tab, until the server says that it is saved. */
function keepDraft(form) {
  const key = `draft ${form.dataset.draft}`;
  const fields = [...form.querySelectorAll("textarea, input[type=text]")];
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  for (const field of fields) if (field.value === "" && kept[field.name]) field.value = kept[field.name];
  form.addEventListener("input", () => {
    sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(fields.map(({ name, value }) => [name, value]))));
  });
  form.addEventListener("submit", () => sessionStorage.setItem("sent", key));
}

/** After a form was sent: the page it led to says whether that is done. */
function forgetSentDraft() {
  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  if (!document.querySelector("[data-done]")) return;
  if (sent !== null) sessionStorage.removeItem(sent);
  const url = new URL(location.href);
  url.searchParams.delete("done");
  history.replaceState(null, "", url);
}

function count(field) {
  const shown = document.createElement("output");
  shown.className = "counter";
  shown.setAttribute("for", field.id);
  // Read out at the end of typing would be chatter; the limit itself is told beside the field when it is passed.
  shown.setAttribute("aria-live", "off");
  const max = Number(field.dataset.max);
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const update = () => {
    const { length } = field.value.trim();
    shown.textContent = field.dataset.counter
      .replace("{now}", numbers.format(length))
      .replace("{max}", numbers.format(max));
    shown.classList.toggle("over", length > max);
  };
  field.after(shown);
  field.addEventListener("input", update);
  update();
}

try {
  forgetSentDraft();
  for (const form of document.querySelectorAll("form[data-draft]")) keepDraft(form);
} catch {
  // A browser that keeps nothing, or a store that is full: the form works without.
}
for (const field of document.querySelectorAll("[data-max]")) count(field);
