// Lists of rows: a button adds an empty one. The page holds its markup, with the number left open.

const AT_MOST = 200;

const add = (list) => {
  const rows = document.querySelector(`[data-rows-of="${list}"]`);
  const number = rows.children.length;
  if (number >= AT_MOST) return;
  const blank = document.querySelector(`[data-row-of="${list}"]`).innerHTML;
  rows.insertAdjacentHTML(
    "beforeend",
    blank.replaceAll("__row__", number).replaceAll("__number__", number + 1),
  );
  rows.lastElementChild.querySelector("input, select, textarea").focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-more-rows]");
  if (button) add(button.dataset.moreRows);
});
