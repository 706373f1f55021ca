// Of tabs that don't fit side by side the one whose page is shown is in sight.

const tab = document.querySelector(".tabs [aria-current]");
const row = tab?.closest(".tabs");
if (row) row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
