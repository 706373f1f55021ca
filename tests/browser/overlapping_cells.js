// The cells of a table whose words are drawn one over the other: "one / other" for each pair.
() => {
  const words = (cell) => {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest(".sr") || !parent.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const clipped = getComputedStyle(parent).overflowX === "hidden";
      const edge = clipped ? parent.getBoundingClientRect().right : Infinity;
      for (const { left, right, top, bottom } of range.getClientRects())
        found.push({ left, right: Math.min(right, edge), top, bottom });
    }
    return found;
  };
  const meet = (one, other) =>
    one.left < other.right - 2 &&
    other.left < one.right - 2 &&
    one.top < other.bottom - 2 &&
    other.top < one.bottom - 2;
  const over = ([, ones], [, others]) => ones.some((one) => others.some((other) => meet(one, other)));

  return [...document.querySelectorAll("tr")].flatMap((row) => {
    const cells = [...row.cells]
      .filter((cell) => cell.checkVisibility())
      .map((cell) => [cell.innerText, words(cell)]);
    return cells.flatMap((cell, at) =>
      cells
        .slice(at + 1)
        .filter((other) => over(cell, other))
        .map((other) => `${cell[0]} / ${other[0]}`),
    );
  });
}
