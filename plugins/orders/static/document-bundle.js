// How far the printing of bills is, until it is over. Without this script the page loads again.

const shown = document.querySelector("[data-progress]");
const EVERY = 700;

async function look() {
  try {
    const response = await fetch(location.href, { headers: { "X-Fragment": "progress" } });
    if (response.ok) shown.innerHTML = await response.text();
    else if (response.status === 404) return;
  } catch {
    // the server is away for a moment: it is asked again
  }
  if (shown.querySelector("[data-printing]")) setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
