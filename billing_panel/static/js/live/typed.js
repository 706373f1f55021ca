// What somebody has typed, chosen or ticked and not sent yet.

const CONTROLS = "input, textarea, select";

/** Whether this control no longer says what the server put there. */
export function isTyped(control) {
  if (control.type === "hidden") return false; // scripts and the server write there
  if (control.matches("select")) {
    const options = [...control.options];
    const was = options.findLastIndex((option) => option.defaultSelected);
    return control.multiple
      ? options.some((option) => option.selected !== option.defaultSelected)
      : control.selectedIndex !== Math.max(was, 0) && options.length > 0;
  }
  if (control.type === "checkbox" || control.type === "radio") {
    return control.checked !== control.defaultChecked;
  }
  return control.value !== control.defaultValue;
}

/** The controls of ``place`` in which something is typed. */
export function typedIn(place) {
  const controls = place.matches("form") ? place.elements : place.querySelectorAll(CONTROLS);
  return [...controls].filter((control) => control.matches(CONTROLS) && isTyped(control));
}

/** What is kept with a form: the fold it stands in, with the button that opens it. */
export function keptWith(form) {
  return form.parentElement.matches("details") ? form.parentElement : form;
}
