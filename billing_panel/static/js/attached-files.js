// Files that are too large or too many are refused by the server; here it is said before they are
// sent, while everything that was typed is still on the page.

document.addEventListener("change", ({ target: field }) => {
  if (!field.matches("input[type=file][data-refusal]")) return;
  const { files, each, together, refusal } = field.dataset;
  const sizes = [...field.files].map((file) => file.size);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const fits = sizes.length <= +files && whole < +together && sizes.every((size) => size <= +each);
  field.setCustomValidity(fits ? "" : refusal);
  field.reportValidity();
});
