// Deadlines tick: the server's words stay until there is less than a day, then hours and minutes run.

const DAY = 24 * 60 * 60;
// of each: what the server said was left, and when
const known = new WeakMap();

function tick(element) {
  const said = element.dataset.countdown;
  if (known.get(element)?.said !== said) known.set(element, { said, at: Date.now() });
  const left = Number(said) - Math.round((Date.now() - known.get(element).at) / 1000);
  if (left > DAY || left < 0) return;
  const parts = [left / 3600, (left / 60) % 60, left % 60].map((part) => Math.floor(part));
  element.textContent = parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function tickAll() {
  for (const element of document.querySelectorAll("[data-countdown]")) tick(element);
}

tickAll();
setInterval(tickAll, 1000);
document.addEventListener("live:changed", tickAll);
