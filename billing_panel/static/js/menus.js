// Menus are popovers: the browser opens and closes them. One menu may serve many buttons; here it
// is put under the one that was pressed, or above it when there is no room. A menu with data-placed
// already has its place from the style sheet.

const EDGE = 8;
const GAP = 4;

let pressed = null;

document.addEventListener(
  "click",
  (event) => {
    pressed = event.target.closest("[popovertarget]") ?? pressed;
  },
  true,
);

function place(menu, button) {
  const box = button.getBoundingClientRect();
  const width = menu.offsetWidth;
  const height = menu.offsetHeight;
  const rightmost = innerWidth - width - EDGE;
  const fitsBelow = box.bottom + GAP + height + EDGE <= innerHeight;

  menu.style.left = `${Math.max(EDGE, Math.min(rightmost, box.right - width))}px`;
  menu.style.top = `${fitsBelow ? box.bottom + GAP : box.top - GAP - height}px`;
}

for (const menu of document.querySelectorAll(".menu[popover]:not([data-placed])")) {
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "open" && pressed) place(menu, pressed);
  });
}
