// Keys. j and k move through a list ([data-rows] > [data-row]), / goes to the search field, any
// other single key presses the button that names it (data-key), first in the row under the cursor.
// Single keys never act while a field has the focus or a dialog is open, and are switched off by
// <html data-shortcuts="off"> (WCAG 2.1.4). Ctrl or ⌘ with Enter sends the form one is in.

import { latin } from "./latin.js";

const FIELDS = "input, textarea, select, [contenteditable]";

function rows() {
  return [...document.querySelectorAll("[data-rows] > [data-row]")];
}

function rowUnderCursor() {
  return document.querySelector("[data-rows] > [data-cursor]");
}

function move(step) {
  const all = rows();
  if (!all.length) return;

  const from = all.indexOf(rowUnderCursor());
  const to = Math.max(0, Math.min(all.length - 1, from + step));
  all[from]?.removeAttribute("data-cursor");
  all[to].setAttribute("data-cursor", "");
  all[to].scrollIntoView({ block: "nearest" });
  all[to].querySelector("a, button")?.focus({ preventScroll: true });
}

function press(key) {
  const named = `[data-key="${CSS.escape(key)}"]`;
  const button = rowUnderCursor()?.querySelector(named) ?? document.querySelector(named);
  button?.click();
  return Boolean(button);
}

function single(key) {
  if (key === "j") move(+1);
  else if (key === "k") move(-1);
  else if (key === "/") {
    const search = document.querySelector("[data-search]");
    search?.focus();
    return Boolean(search);
  } else return press(key);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;

  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }

  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  if (document.documentElement.dataset.shortcuts === "off") return;
  if (event.target.closest(FIELDS) || document.querySelector("dialog[open]")) return;
  if (single(latin(event))) event.preventDefault();
});
