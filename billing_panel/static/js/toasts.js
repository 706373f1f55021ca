// Toasts leave after six seconds, but not while the pointer or the focus is on them, and an error
// stays until it is closed.

const STAYS = 6000;

for (const toast of document.querySelectorAll(".toast")) {
  let timer = null;

  const leave = () => toast.remove();
  const hold = () => clearTimeout(timer);
  const wait = () => {
    hold();
    if (toast.getAttribute("role") !== "alert") timer = setTimeout(leave, STAYS);
  };

  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("focusout", wait);
  toast.querySelector("[data-close-toast]")?.addEventListener("click", leave);
  wait();
}
