// A dialogue is marked as read once it is looked at: its page is open and seen. The form is the same
// that is sent by hand without scripts; what came meanwhile stays new.

const SOON = 600; // a page that is opened and left at once was not read

let timer = null;

function soon() {
  clearTimeout(timer);
  if (document.hidden) return;
  timer = setTimeout(send, SOON);
}

async function send() {
  const form = document.querySelector("form[data-read-by-itself]");
  if (!form || document.hidden || document.body.dataset.viewer?.endsWith("*")) return;
  const response = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    redirect: "manual",
    headers: { "X-Fragment": "parts" }, // nobody did anything: it keeps no session alive
  });
  if (response.type === "opaqueredirect") form.remove();
}

document.addEventListener("visibilitychange", soon);
document.addEventListener("live:changed", soon);
soon();
