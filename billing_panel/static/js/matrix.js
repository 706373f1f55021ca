// The permission matrix (form[data-matrix]): search, section and "only where departments differ" hide
// rows at once, and a narrow screen changes the department it shows. What is staged stays staged.
// Without scripts the server does the same when the form is sent.

function filter(form) {
  const words = form.querySelector("[data-matrix-query]").value.trim().toLocaleLowerCase();
  const section = form.querySelector("[data-matrix-section]").value;
  const differing = form.querySelector("[data-matrix-differing]").checked;

  for (const group of form.querySelectorAll("[data-section]")) {
    const title = group.querySelector(".grp th").textContent;
    for (const row of group.querySelectorAll("[data-function]")) {
      const said = `${title} ${row.querySelector("th").textContent} ${row.dataset.function}`;
      row.hidden =
        !said.toLocaleLowerCase().includes(words) ||
        (section && section !== group.dataset.section) ||
        (differing && !("differs" in row.dataset));
    }
    group.hidden = !group.querySelector("[data-function]:not([hidden])");
  }
  const shown = form.querySelector("[data-section]:not([hidden])");
  form.querySelector("[data-nothing]").hidden = Boolean(shown);
}

function show(form, role) {
  for (const cell of form.querySelectorAll("[data-role]")) {
    cell.classList.toggle("r-off", cell.dataset.role !== role);
  }
}

for (const form of document.querySelectorAll("form[data-matrix]")) {
  form.addEventListener("input", () => filter(form));
  form.querySelector("[data-matrix-role]").addEventListener("change", (event) => {
    show(form, event.target.value);
  });
  // Enter in the search field filters, which is done already; it sends nothing
  form.querySelector("[data-matrix-query]").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
  });
  // the browser may have kept what was chosen before the page was loaded again
  filter(form);
  show(form, form.querySelector("[data-matrix-role]").value);
}
