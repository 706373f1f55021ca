// A form whose changes are staged (data-staged): each control says what is saved (data-was, for a
// switch 1 or 0); one that differs is marked, and the bar below tells how many do. What the server
// staged, such as another order, is marked by it.

const CONTROLS = "[data-was]";

function value(control) {
  return control.type === "checkbox" ? String(Number(control.checked)) : control.value;
}

function mark(control) {
  control.toggleAttribute("data-changed", value(control) !== control.dataset.was);
}

function count(form) {
  for (const place of form.querySelectorAll("[data-changes]")) {
    place.textContent = form.querySelectorAll("[data-changed]").length;
  }
}

for (const form of document.querySelectorAll("form[data-staged]")) {
  // the browser may have kept what was changed before the page was loaded again
  form.querySelectorAll(CONTROLS).forEach(mark);
  count(form);

  form.addEventListener("change", (event) => {
    if (!event.target.matches(CONTROLS)) return;
    mark(event.target);
    count(form);
  });
}
