// What stay has of script. Everything here only adds: each page works without it.

/** Counts down to the end of a hold, in the words of the page, and looks again when it is over. */
function countDown(clock) {
  const endMs = performance.now() + Number(clock.dataset.seconds) * 1000;
  const two = (n) => String(n).padStart(2, "0");
  const show = () => {
    const left = Math.max(0, Math.ceil((endMs - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${two(left % 60)}`;
    clock.closest(".hold")?.classList.toggle("soon", left <= 60);
    if (left > 0) return;
    clearInterval(ticking);
    location.reload();
  };
  const ticking = setInterval(show, 1000);
  show();
}

/** A page that waits for something looks again by itself. */
function lookAgain({ dataset }) {
  setTimeout(() => location.reload(), Number(dataset.refresh) * 1000);
}

for (const clock of document.querySelectorAll("[data-seconds]")) countDown(clock);
for (const waiting of document.querySelectorAll("[data-refresh]")) lookAgain(waiting);
