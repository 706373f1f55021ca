// What a person is told of a change: read out once, marked where it is, and said beside a form in
// which they have typed. Sentences stand in the page (#live-words), in its language.

import { typedIn } from "./typed.js";

const MARKED = 2_500;
const MOST = 4; // so many things are named
const words = document.querySelector("#live-words");
const aloud = document.querySelector("#live-said");

/** Mark ``elements`` for a moment; one inside of another is marked with it. */
export function mark(elements) {
  const outermost = elements.filter(
    (one) => !elements.some((other) => other !== one && other.contains(one)),
  );
  for (const element of outermost) element.setAttribute("data-fresh", "");
  setTimeout(() => outermost.forEach((element) => element.removeAttribute("data-fresh")), MARKED);
}

/** The entries of ``elements`` that tell what happened, or how a row of a list is now. */
export function toldIn(elements) {
  const rows = elements.flatMap((element) => [
    ...(element.closest("[data-told]") ? [element.closest("[data-told]")] : []),
    ...element.querySelectorAll("[data-told]"),
  ]);
  return [...new Set(rows)];
}

/** Read out that ``what`` changed. */
export function sayAloud(what, told) {
  const news = told.slice(0, MOST).map(saying).join("; ");
  const sentence = news ? words.dataset.saidWithNews : words.dataset.said;
  aloud.textContent = sentence.replace("{what}", what).replace("{news}", () => news);
}

/** Say beside ``form`` that ``what`` it is about has changed: ``news`` are sentences. */
export function warn(form, what, news, look) {
  const notice = form.querySelector("[data-live-notice]") ?? begin(form, what, look);
  const list = notice.querySelector("ul");
  for (const sentence of news) {
    const line = document.createElement("li");
    line.textContent = sentence;
    list.append(line);
  }
  while (list.children.length > MOST) list.firstElementChild.remove();
  list.hidden = !list.children.length;
}

/** What an entry says, in one line. */
export function saying(entry) {
  const parts = [...entry.querySelectorAll("[data-say]")];
  return (parts.length ? parts : [entry])
    .map((part) => part.textContent.replace(/\s+/g, " ").trim())
    .join(", ");
}

function begin(form, what, look) {
  const notice = words.content.cloneNode(true).firstElementChild;
  notice.querySelector("[data-what]").textContent = words.dataset.saidSince.replace("{what}", what);
  notice.querySelector("[data-look]").addEventListener("click", look);
  notice.querySelector("[data-keep]").addEventListener("click", () => {
    notice.remove();
    typedIn(form)[0]?.focus();
  });
  const first = typedIn(form)[0] ?? form.querySelector("button");
  const place = first.closest(".stack") ?? form;
  (form.contains(place) ? place : form).prepend(notice);
  return notice;
}
