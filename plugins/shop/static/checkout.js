// The checkout: the summary follows each choice. Without this script the button "Update" shows it.

import { summaryOf } from "../orders/fragment.js";

const form = document.querySelector("[data-checkout]");
const refresh = form && summaryOf(form);

form?.addEventListener("change", (event) => {
  if (["payment_method", "delivery_service", "promo_code"].includes(event.target.name)) refresh();
});
