// The orders bar: its links open an order over the page somebody is on, and its forms are sent from
// there, so that nobody leaves what they were doing. Without this script they lead to pages.
//
// What is shown is the main part of the page a link leads to, whichever page answers. When something
// happens to the order it is asked for again; forms in which something is typed stay as they are.

import { presence } from "./presence.js";

const OPEN = "orders-bar-open";
const bar = document.querySelector("[data-desk-bar]");
const dialog = document.getElementById("desk-dialog");
const content = dialog?.querySelector("[data-desk-content]");
const failed = dialog?.querySelector("[data-desk-failed]");

let shown = null; // {id, address}

async function page(address, options = {}) {
  const response = await fetch(address, { cache: "no-store", ...options });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const main = fresh.querySelector("main#content");
  if (!main || !fresh.body.dataset.viewer) throw new Error(response.statusText);
  return { main, response, toasts: [...fresh.querySelectorAll(".toast > span")] };
}

function put({ main, toasts }) {
  failed.hidden = true;
  const done = toasts.map((toast) => {
    const line = document.createElement("p");
    line.className = "desk-done";
    line.setAttribute("role", "status");
    line.textContent = toast.textContent;
    return line;
  });
  content.replaceChildren(...done, ...main.childNodes);
  content.querySelector("h1")?.focus();
  presence();
}

async function open(id, address) {
  shown = { id, address };
  try {
    put(await page(address));
  } catch {
    failed.hidden = false;
  }
  if (!dialog.open) dialog.showModal();
}

async function send(form, submitter) {
  const body = new FormData(form, submitter);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    const { main, response, toasts } = await page(form.getAttribute("action"), { method: "POST", body });
    if (response.redirected) shown = { ...shown, address: response.url };
    put({ main, toasts });
  } catch {
    failed.hidden = false;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
}

/** The order as it is now; of a question that is being answered nothing is taken away. */
async function renew() {
  if (!content.querySelector("[data-desk-order]")) return;
  const { main } = await page(shown.address, { headers: { "X-Fragment": "parts" } });
  const { putInPlace } = await import(bar.dataset.putInPlace);
  await putInPlace(content, main);
}

if (dialog) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-desk]");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.button);
    if (!link || !plain) return;
    // on the page of that order itself its page opens
    if (location.pathname.startsWith(`/orders/${link.dataset.desk}`)) return;
    event.preventDefault();
    open(Number(link.dataset.desk), link.href);
  });
  content.addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, event.submitter);
  });
  dialog.addEventListener("close", () => {
    // the step that opened it may be gone with what was done; then its order, or the bar
    if (document.activeElement === document.body) {
      const order = bar.querySelector(`[data-bar-order="${shown?.id}"] .bar-number`);
      (bar.open && order ? order : bar.querySelector("summary")).focus();
    }
    shown = null;
    content.replaceChildren();
    presence();
  });
  document.addEventListener("live:news", ({ detail }) => {
    const { kind, id } = detail.subject ?? {};
    if (shown && kind === "order" && id === shown.id && !detail.by_me) renew().catch(() => {});
  });
}

// the bar stays as it was left, on the next page too
try {
  if (localStorage.getItem(OPEN) === "1") bar.open = true;
  bar.addEventListener("toggle", () => localStorage.setItem(OPEN, bar.open ? "1" : "0"));
} catch {
  // where nothing can be kept it is closed on each page
}
