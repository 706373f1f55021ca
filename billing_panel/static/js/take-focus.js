// What must be read first takes the focus: the banner over a form that was refused.

document.querySelector("[data-take-focus]")?.focus();
