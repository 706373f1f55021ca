// What an order comes to, as the server works it out: `summaryOf(form)` gives the function that asks
// for it anew. An answer that comes too late is thrown away.

export function summaryOf(form) {
  const summary = form.querySelector("[data-summary]");
  let asking;

  return async function refresh() {
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
  };
}
