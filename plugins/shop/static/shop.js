// The shop: the price of a tariff follows what is chosen. Without this script "Update price" does it.

import { stepped } from "./steps.js";

const DELAY = 250;
const asking = new Map();

// The server works the price out; an answer that comes too late is thrown away.
async function refresh(form) {
  const price = form.closest(".product").querySelector("[data-price]");
  asking.get(form)?.abort();
  const controller = new AbortController();
  asking.set(form, controller);
  const content = new FormData(form);
  content.set("do", "price");
  price.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: content,
      headers: { "X-Fragment": "price" },
      signal: controller.signal,
    });
    if (response.ok) price.innerHTML = await response.text();
    price.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") price.removeAttribute("aria-busy");
  }
}

for (const form of document.querySelectorAll("[data-tariff-form]")) {
  let timer;
  form.addEventListener("input", (event) => {
    if (event.target.name?.startsWith("quantity:")) return;
    clearTimeout(timer);
    timer = setTimeout(() => refresh(form), DELAY);
  });
}

stepped(document);
