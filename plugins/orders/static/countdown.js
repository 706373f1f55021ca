// Deadlines tick: the server's words stay until there is less than a day, then hours and minutes run.

const DAY = 24 * 60 * 60;
const loaded = Date.now();

function tick(element, seconds) {
  const left = seconds - Math.round((Date.now() - loaded) / 1000);
  if (left > DAY || left < 0) return;
  const parts = [left / 3600, (left / 60) % 60, left % 60].map((part) => Math.floor(part));
  element.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
}

for (const element of document.querySelectorAll("[data-countdown]")) {
  const seconds = Number(element.dataset.countdown);
  tick(element, seconds);
  setInterval(() => tick(element, seconds), 1000);
}
