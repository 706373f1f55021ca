// Dialogs. data-open-dialog="id" opens one, data-close-dialog closes the one it stands in. A link
// that opens a dialog also leads to a page of its own: that is the way without scripts.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.openDialog);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
    }
    return;
  }

  if (event.target.closest("[data-close-dialog]")) {
    event.target.closest("dialog")?.close();
    return;
  }

  // A click on the dimmed page reaches the dialog itself, outside its box.
  if (event.target.matches("dialog[data-light-dismiss]") && !inside(event, event.target)) {
    event.target.close();
  }
});

function inside({ clientX, clientY }, element) {
  const box = element.getBoundingClientRect();
  return box.left <= clientX && clientX <= box.right && box.top <= clientY && clientY <= box.bottom;
}
