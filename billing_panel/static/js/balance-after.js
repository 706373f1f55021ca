// The balance after a credit or a debit, as one types. The server works it out once more, and asks
// again where it comes to something else.

function minorUnits(written, digits) {
  const [whole, part = ""] = written.replace(/\s/g, "").replace(",", ".").split(".");
  if (!/^[0-9]{1,13}$/.test(whole) || !/^[0-9]*$/.test(part) || part.length > digits) return null;
  return Number(whole + part.padEnd(digits, "0"));
}

function shown(minor, { currency, digits }) {
  const language = document.documentElement.lang;
  const style = currency === "points" ? {} : { style: "currency", currency };
  return new Intl.NumberFormat(language, style).format(minor / 10 ** digits);
}

function update(form) {
  const { account, amount, after } = form.elements;
  const of = (account.selectedOptions?.[0] ?? account).dataset;
  const sum = minorUnits(amount.value, Number(of.digits));
  const result = form.querySelector("[data-result]");
  result.hidden = sum === null || sum === 0;
  after.value = "";
  form.querySelector("[data-now]").textContent = shown(Number(of.balance), of);
  if (result.hidden) return;
  const credits = form.dataset.changes === "credit";
  const before = Number(of.balance) + (credits ? sum : -sum);
  // what comes in pays what is owed, where the provider says so
  const covered = credits ? Math.max(0, Math.min(before, Number(of.covers))) : 0;
  const left = before - covered;
  after.value = String(left);
  const line = result.querySelector("dd");
  line.textContent = shown(left, of);
  line.classList.toggle("bad", !credits && left < Number(of.floor));
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-changes]");
  if (form) update(form);
});

function updateAll() {
  for (const form of document.querySelectorAll("form[data-changes]")) update(form);
}

updateAll();
document.addEventListener("live:changed", updateAll);
