// The checkout: the summary follows each choice. Without this script the button "Update" shows it.

const form = document.querySelector("[data-checkout]");
const summary = form?.querySelector("[data-summary]");
let asking;

// The server works the summary out; an answer that comes too late is thrown away.
async function refresh() {
  asking?.abort();
  asking = new AbortController();
  const content = new FormData(form);
  content.set("do", "quote");
  summary.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(location.href, {
      method: "POST",
      body: content,
      headers: { "X-Fragment": "summary" },
      signal: asking.signal,
    });
    if (response.ok) summary.innerHTML = await response.text();
    summary.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") summary.removeAttribute("aria-busy");
  }
}

form?.addEventListener("change", (event) => {
  if (["payment_method", "delivery_service", "promo_code"].includes(event.target.name)) refresh();
});
