// The sidebar as a drawer on a narrow screen. Without scripts the same links open and close it
// through the address (#side); with them it takes the focus, closes on Escape or a click beside
// it, and leaves no trace in the history.

const side = document.querySelector("#side");
const opener = document.querySelector("[data-drawer-open]");
const narrow = matchMedia("(max-width: 56rem)");

function isOpen() {
  return side.hasAttribute("data-open");
}

function open() {
  side.setAttribute("data-open", "");
  behind(true);
  opener.setAttribute("aria-expanded", "true");
  side.querySelector("[data-drawer-close]")?.focus();
}

function close() {
  if (!isOpen()) return;
  side.removeAttribute("data-open");
  behind(false);
  opener.setAttribute("aria-expanded", "false");
  opener.focus();
}

/** The page behind an open drawer can be neither clicked nor reached with Tab. */
function behind(inert) {
  for (const element of document.querySelectorAll(".main, .skip")) element.inert = inert;
}

if (side && opener) {
  opener.setAttribute("aria-controls", side.id);
  opener.setAttribute("aria-expanded", "false");

  // Opened through the address before this script was there: take it over.
  if (location.hash === "#side") {
    location.replace("#content");
    if (narrow.matches) open();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer-open]")) {
      event.preventDefault();
      open();
    } else if (isOpen() && event.target.closest("[data-drawer-close]")) {
      event.preventDefault();
      close();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector(":popover-open, dialog[open]")) close();
  });

  narrow.addEventListener("change", close);
}
