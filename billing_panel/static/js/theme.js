// Light or dark. No module, and loaded in <head> before the first paint, so that no page ever
// flashes in the wrong theme. Without a choice of the person, the system's own setting holds.

(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Elements that only work with scripts (class "needs-js") wait for this mark.
  root.dataset.js = "";

  function remembered() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is switched off
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // storage is switched off: the choice holds for this page
    }
  }

  function apply(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  }

  apply(remembered());

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    apply(next);
    remember(next);
  });

  // A choice made in one tab holds in the others.
  addEventListener("storage", (event) => {
    if (event.key === "theme") apply(event.newValue);
  });
})();
