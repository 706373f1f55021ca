// The catalogue in a form: it can be searched, and lines are added from the keyboard. Without this
// script a quantity is typed into its field.

const isNumber = (text) => /^[0-9]{1,6}$/.test(text.trim());

// `changed` is called after a quantity was changed here; the field that searches is returned.
export function tariffList(form, changed = () => {}) {
  const search = form.querySelector("[data-filter-tariffs]");
  const folding = import(form.dataset.fold);

  function add(row, number) {
    const field = row.querySelector("input[name^='quantity:']");
    if (!field) return;
    field.value = Math.max(0, (Number.parseInt(field.value, 10) || 0) + number) || "";
    changed();
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (button) add(button.closest("[data-tariff]"), Number(button.dataset.step));
  });

  const rows = () => [...form.querySelectorAll("[data-tariff]:not([hidden], [data-closed])")];
  const cursor = () => form.querySelector("[data-tariff][data-cursor]");

  function moveTo(row) {
    cursor()?.removeAttribute("data-cursor");
    row?.setAttribute("data-cursor", "");
    row?.scrollIntoView({ block: "nearest" });
  }

  search?.addEventListener("input", async () => {
    if (isNumber(search.value)) return;
    const { has } = await folding;
    for (const row of form.querySelectorAll("[data-tariff]")) {
      row.hidden = !has(row.dataset.tariff, search.value);
    }
    if (!cursor() || cursor().hidden) moveTo(rows()[0]);
  });

  search?.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    const all = rows();
    const at = all.indexOf(cursor());
    if (event.key === "ArrowDown") moveTo(all[Math.min(all.length - 1, at + 1)]);
    else if (event.key === "ArrowUp") moveTo(all[Math.max(0, at - 1)]);
    else if (event.key === "Enter") {
      const row = cursor() ?? all[0];
      if (row) add(row, isNumber(search.value) ? Number(search.value) : 1);
      if (isNumber(search.value)) search.value = "";
      // what is typed next looks for the next one
      search.select();
    } else return;
    event.preventDefault();
  });

  return search;
}
