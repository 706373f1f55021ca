// The page of a new order: the summary follows each change, the catalogue can be searched, and the
// whole order can be made from the keyboard. Without this script the button "Update" does it.

import { summaryOf } from "./summary.js";

const form = document.querySelector("[data-new-order]");
const refresh = summaryOf(form);
const search = form.querySelector("[data-filter-tariffs]");
const DELAY = 250;
const folding = import(form.dataset.fold);

form.querySelector("[data-update]").hidden = true;

let timer;

function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, DELAY);
}

form.addEventListener("input", (event) => {
  if (event.target !== search) later();
});

// the client's cart or balance has changed
document.addEventListener("live:changed", later);

function quantityOf(row) {
  return row.querySelector("input[name^='quantity:']");
}

function add(row, number) {
  const field = quantityOf(row);
  if (!field) return;
  field.value = Math.max(0, (Number.parseInt(field.value, 10) || 0) + number) || "";
  later();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (button) add(button.closest("[data-tariff]"), Number(button.dataset.step));
});

function rows() {
  return [...form.querySelectorAll("[data-tariff]:not([hidden], [data-closed])")];
}

function cursor() {
  return form.querySelector("[data-tariff][data-cursor]");
}

function moveTo(row) {
  cursor()?.removeAttribute("data-cursor");
  row?.setAttribute("data-cursor", "");
  row?.scrollIntoView({ block: "nearest" });
}

function isNumber(text) {
  return /^[0-9]{1,6}$/.test(text.trim());
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
  } else return;
  event.preventDefault();
});

// what was filled in before this script was there
const isFilled = (field) => field.name?.startsWith("quantity:") && field.value !== field.defaultValue;
if ([...form.elements].some(isFilled)) later();
