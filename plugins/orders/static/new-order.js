// The page of a new order: the summary follows each change, the catalogue can be searched, and the
// whole order can be made from the keyboard. Without this script the button "Update" does it.

import { summaryOf } from "./fragment.js";
import { tariffList } from "./tariff-list.js";

const form = document.querySelector("[data-new-order]");
const refresh = summaryOf(form);
const DELAY = 250;

form.querySelector("[data-update]").hidden = true;

let timer;

function later() {
  clearTimeout(timer);
  timer = setTimeout(refresh, DELAY);
}

const search = tariffList(form, later);

form.addEventListener("input", (event) => {
  if (event.target !== search) later();
});

// the client's cart or balance has changed
document.addEventListener("live:changed", later);

// what was filled in before this script was there
const isFilled = (field) => field.name?.startsWith("quantity:") && field.value !== field.defaultValue;
if ([...form.elements].some(isFilled)) later();
