// A row of a list opens by a click anywhere in it, as its own link does ([data-row] with a
// .main-link). What is a control stays one, words can be selected, and Ctrl, ⌘ or the middle
// button open another tab.

const CONTROLS = "a, button, input, select, textarea, label, summary, [contenteditable]";

function linkOf(event) {
  const row = event.target.closest?.("[data-row]");
  if (!row || event.target.closest(CONTROLS)) return null;
  return row.querySelector("a.main-link");
}

function isSelecting() {
  return window.getSelection()?.type === "Range";
}

document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.altKey || event.shiftKey) return;
  const link = linkOf(event);
  if (!link || isSelecting()) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});

document.addEventListener("auxclick", (event) => {
  if (event.defaultPrevented || event.button !== 1) return;
  const link = linkOf(event);
  if (link) window.open(link.href, "_blank", "noopener");
});
