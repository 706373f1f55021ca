// The command palette: one line to type in, and a list of what it finds. The focus stays in the
// line; the arrows choose, Enter opens. Ctrl or ⌘ with K brings it up from anywhere.

import { has } from "./fold.js";
import { latin } from "./latin.js";

const palette = document.querySelector("#palette");

if (palette) {
  const line = palette.querySelector("[role=combobox]");
  const nothing = palette.querySelector("[data-nothing]");
  const options = [...palette.querySelectorAll("[role=option]")];

  const shown = () => options.filter((option) => !option.hidden);
  const chosen = () => options.find((option) => option.getAttribute("aria-selected") === "true");

  function choose(choice) {
    for (const option of options) option.setAttribute("aria-selected", String(option === choice));
    if (choice) {
      line.setAttribute("aria-activedescendant", choice.id);
      choice.scrollIntoView({ block: "nearest" });
    } else {
      line.removeAttribute("aria-activedescendant");
    }
  }

  function step(by) {
    const all = shown();
    const to = all.indexOf(chosen()) + by;
    choose(all[Math.max(0, Math.min(all.length - 1, to))]);
  }

  function find() {
    for (const option of options) option.hidden = !has(option.textContent, line.value);
    for (const title of palette.querySelectorAll(".group")) title.hidden = isEmpty(title);
    if (nothing) nothing.hidden = shown().length > 0;
    choose(shown()[0]);
  }

  /** Whether no option is left between this title and the next. */
  function isEmpty(title) {
    let next = title.nextElementSibling;
    while (next && !next.matches(".group")) {
      if (!next.hidden) return false;
      next = next.nextElementSibling;
    }
    return true;
  }

  function open(option) {
    if (option?.dataset.href) location.assign(option.dataset.href);
  }

  line.addEventListener("input", find);

  line.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") step(+1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter") open(chosen());
    else return;
    event.preventDefault();
  });

  palette.addEventListener("click", (event) => open(event.target.closest("[role=option]")));

  palette.addEventListener("close", () => {
    line.value = "";
    find();
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || latin(event).toLowerCase() !== "k") return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    palette.showModal();
  });

  find();
}
