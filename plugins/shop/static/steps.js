// The buttons beside a number: one less, one more. Without this script the number is typed.

export function stepped(root, then = () => {}) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    const field = button?.closest(".qty")?.querySelector("input");
    if (!field) return;
    const number = (Number.parseInt(field.value, 10) || 0) + Number(button.dataset.step);
    field.value = Math.max(1, number);
    then(field);
  });
}

if (document.querySelector(".positions")) stepped(document);
