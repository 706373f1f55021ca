// The command palette: one line to type in, and a list of what it finds. The focus stays in the
// line; the arrows choose, Enter opens. Ctrl or ⌘ with K brings it up from anywhere.
// Names of pages, and what can be done on this one, are found at once; the rest the server finds.

import { has } from "./fold.js";
import { latin } from "./latin.js";

const PAUSE = 120;
const palette = document.querySelector("#palette");

if (palette) {
  const line = palette.querySelector("[role=combobox]");
  const list = palette.querySelector("[role=listbox]");
  const here = palette.querySelector("[data-here]");
  const all = palette.querySelector("[data-all]");
  const nothing = palette.querySelector("[data-nothing]");
  const failed = palette.querySelector("[data-failed]");
  const isFound = new WeakSet();
  // of the question that is on its way; of Enter pressed before its answer
  let asking = null;
  let pause = 0;
  let opensFirst = false;

  offerActions();

  const options = () => [...list.querySelectorAll("[role=option]")];
  const shown = () => options().filter((option) => !option.hidden);
  const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");
  const query = () => line.value.trim();

  /** What stands at the head of this page as a link can be chosen here too. */
  function offerActions() {
    const links = document.querySelectorAll(".page-head .actions a.btn[href]");
    [...links].reverse().forEach((link, place) => {
      const option = document.createElement("li");
      option.role = "option";
      option.id = `palette-here-${place}`;
      option.dataset.href = link.href;
      option.append(...[...link.cloneNode(true).childNodes].filter((one) => one.nodeName !== "KBD"));
      here.after(option);
    });
  }

  function choose(choice) {
    for (const option of options()) option.setAttribute("aria-selected", String(option === choice));
    if (choice) {
      line.setAttribute("aria-activedescendant", choice.id);
      choice.scrollIntoView({ block: "nearest" });
    } else {
      line.removeAttribute("aria-activedescendant");
    }
  }

  function step(by) {
    const rows = shown();
    const to = rows.indexOf(chosen()) + by;
    choose(rows[Math.max(0, Math.min(rows.length - 1, to))]);
  }

  /** Narrow what the page knows by itself; what was found before stays until the answer comes. */
  function narrow() {
    for (const option of options()) {
      if (!isFound.has(option) && option !== all) option.hidden = !has(option.textContent, line.value);
    }
    all.hidden = !query();
    all.dataset.href = `${all.dataset.address}?${new URLSearchParams({ query: query() })}`;
    settle();
  }

  function settle() {
    for (const title of list.querySelectorAll(".group")) title.hidden = isEmpty(title);
    const rows = shown();
    const waits = Boolean(asking);
    list.toggleAttribute("aria-busy", waits);
    nothing.hidden = waits || !failed.hidden || rows.some((row) => row !== all);
    if (!rows.includes(chosen())) choose(rows[0]);
  }

  /** Whether no option is left between this title and the next. */
  function isEmpty(title) {
    let next = title.nextElementSibling;
    while (next && !next.matches(".group")) {
      if (!next.hidden && next !== all) return false;
      next = next.nextElementSibling;
    }
    return true;
  }

  function ask() {
    clearTimeout(pause);
    asking?.abort();
    asking = null;
    opensFirst = false;
    failed.hidden = true;
    if (query()) {
      asking = new AbortController();
      pause = setTimeout(fetchFound, PAUSE, query(), asking);
    } else {
      show("");
    }
    narrow();
  }

  async function fetchFound(words, own) {
    try {
      const address = `${list.dataset.finds}?${new URLSearchParams({ query: words })}`;
      const answer = await fetch(address, { signal: own.signal, redirect: "error" });
      if (!answer.ok) throw new Error(answer.statusText);
      const rows = await answer.text();
      if (own === asking) show(rows);
    } catch (error) {
      if (own !== asking || error.name === "AbortError") return;
      show("");
      failed.hidden = false;
    }
    if (own !== asking) return;
    asking = null;
    choose(null);
    settle();
    if (opensFirst) open(chosen());
  }

  function show(rows) {
    for (const one of [...list.children]) if (isFound.has(one)) one.remove();
    const parsed = new DOMParser().parseFromString(`<ul>${rows}</ul>`, "text/html");
    for (const row of parsed.querySelectorAll("li")) {
      const own = document.importNode(row, true);
      isFound.add(own);
      all.before(own);
    }
  }

  function open(option) {
    if (option?.dataset.href) location.assign(option.dataset.href);
  }

  function enter() {
    // what was found for other words is not opened for these
    if (asking && (!chosen() || chosen() === all || isFound.has(chosen()))) opensFirst = true;
    else open(chosen());
  }

  line.addEventListener("input", ask);

  line.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") step(+1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter") enter();
    else return;
    event.preventDefault();
  });

  palette.addEventListener("click", (event) => open(event.target.closest("[role=option]")));

  palette.addEventListener("close", () => {
    line.value = "";
    ask();
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || latin(event).toLowerCase() !== "k") return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    palette.showModal();
  });

  narrow();
}
