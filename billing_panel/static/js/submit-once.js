// A form that changes something is sent once, and its button shows that it is under way. The
// server is safe against a second sending by itself; this only spares the person the doubt.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  // what is shown in a frame leaves the page and its form as they are
  if (event.submitter?.hasAttribute("formtarget")) return;

  if (form.hasAttribute("data-sent")) {
    event.preventDefault();
    return;
  }
  form.setAttribute("data-sent", "");
  const button = event.submitter ?? form.querySelector("button[type=submit], button:not([type])");
  button?.setAttribute("data-busy", "");
});

// The Back button can bring the page back as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    form.removeAttribute("data-sent");
    form.querySelector("[data-busy]")?.removeAttribute("data-busy");
  }
});
