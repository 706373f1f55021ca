// A part of a page that follows its form, as the server works it out. `follower` gives the function
// that asks for it again; an answer that comes too late is thrown away.

// `wanted` is what the form does, `name` which part comes back, `shown` where it stands.
export function follower(form, shown, { wanted, name }) {
  let asking;

  return async function refresh() {
    asking?.abort();
    asking = new AbortController();
    const content = new FormData(form);
    content.set("do", wanted);
    shown.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: content,
        headers: { "X-Fragment": name },
        signal: asking.signal,
      });
      if (response.ok) shown.innerHTML = await response.text();
      shown.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") shown.removeAttribute("aria-busy");
    }
  };
}

// What an order comes to.
export function summaryOf(form) {
  const shown = form.querySelector("[data-summary]");
  return follower(form, shown, { wanted: "quote", name: "summary" });
}
