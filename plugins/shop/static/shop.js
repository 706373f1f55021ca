// The shop: the price of a tariff follows what is chosen. Without this script "Update price" does it.

import { follower } from "../orders/fragment.js";
import { stepped } from "./steps.js";

const DELAY = 250;

for (const form of document.querySelectorAll("[data-tariff-form]")) {
  const shown = form.closest(".product").querySelector("[data-price]");
  const refresh = follower(form, shown, { wanted: "price", name: "price" });
  let timer;
  form.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("quantity:")) return;
    clearTimeout(timer);
    timer = setTimeout(refresh, DELAY);
  });
}

stepped(document);
