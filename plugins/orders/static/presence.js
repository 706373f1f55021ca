// Who else is looking at an order. While the page is seen it says so now and then, and is told the
// names of colleagues who do the same. Where nothing is said any more, the server forgets by itself.

const AWAY = "away";

function place() {
  return document.querySelector("[data-looking]");
}

function body(element, away) {
  const content = new FormData();
  content.set("csrf_token", document.querySelector("[name=csrf_token]")?.value ?? "");
  if (away) content.set(AWAY, "1");
  return content;
}

let said = null; // the address that was told last

async function say() {
  const element = place();
  const seeingAs = document.body.dataset.viewer?.endsWith("*");
  if (!element || document.hidden || seeingAs) return leave();
  if (said && said !== element.dataset.looking) leave();
  said = element.dataset.looking;
  try {
    const response = await fetch(said, {
      method: "POST",
      body: body(element),
      redirect: "manual",
      headers: { "X-Fragment": "parts" }, // nobody did anything: it keeps no session alive
    });
    if (!response.ok) return undefined;
    const words = (await response.text()).trim();
    const now = place();
    if (now && now.textContent.trim() !== words) now.textContent = words;
  } catch {
    // not reached; the next time, then
  }
  return undefined;
}

function leave() {
  if (!said) return;
  navigator.sendBeacon?.(said, body(null, true));
  said = null;
}

const every = () => 1000 * Number(place()?.dataset.every ?? 10);

export function presence() {
  say();
}

(function again() {
  say();
  setTimeout(again, every());
})();

document.addEventListener("visibilitychange", say);
addEventListener("pagehide", leave);
