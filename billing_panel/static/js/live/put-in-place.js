// Puts a part of a page, as the server has it now, in the place of the part that is shown. What is
// the same stays the same element, so that focus, selection, scroll and open folds stay; forms in
// which somebody has typed stay as they are.

import { keptWith, isTyped, typedIn } from "./typed.js";

// the person's own, or another script's: open folds, the row under the cursor, a form on its way
const OURS = new Set(["open", "data-cursor", "data-sent", "data-busy", "data-fresh", "aria-expanded"]);

/** Resolves to the elements that say something new, and the forms that were kept. */
export async function putInPlace(part, fresh) {
  // 50 KB that only who sees a change needs
  const { Idiomorph } = await import("../vendor/idiomorph.js");
  const news = new Set();
  const kept = [...part.querySelectorAll("form")].filter((form) => typedIn(form).length);
  const whole = new Set(kept.map(keptWith));
  for (const unit of whole) {
    carryOver(unit, part, fresh);
    takeBalances(unit, fresh);
  }

  Idiomorph.morph(part, [...fresh.childNodes], {
    morphStyle: "innerHTML",
    ignoreActiveValue: true,
    callbacks: {
      beforeNodeMorphed(old, next) {
        if (old.nodeType === Node.TEXT_NODE) {
          if (says(old) !== says(next)) news.add(old.parentElement);
          return true;
        }
        // a control that stands in a form around this part
        return !whole.has(old) && !(old.matches?.("input, textarea, select") && isTyped(old));
      },
      beforeAttributeUpdated: (name) => !OURS.has(name),
      beforeNodeRemoved: (node) => !(node.matches && typedIn(node).length),
      afterNodeAdded(node) {
        if (node.nodeType === Node.ELEMENT_NODE) news.add(node);
        else if (node.data?.trim()) news.add(node.parentElement);
      },
    },
  });
  return { news: [...news].filter((element) => element.isConnected), kept };
}

/** The words of a text; what scripts write, clocks and sums, tells nothing new. */
function says(text) {
  return text.parentElement?.closest("[data-countdown], [data-looking], [data-now], [data-result]")
    ? ""
    : text.data.trim();
}

/** A form that is there no more comes along, to the nearest place around it that still is. */
function carryOver(unit, part, fresh) {
  if (unit.id && fresh.querySelector(byId(unit))) return;
  for (let place = unit.parentElement; ; place = place.parentElement) {
    const there = place === part ? fresh : sameIn(fresh, place);
    if (!there) continue;
    there.append(unit.cloneNode(true));
    return;
  }
}

/** The element of ``fresh`` that is what ``place`` is here: by its id, or by its kind in one. */
function sameIn(fresh, place) {
  if (place.id) return fresh.querySelector(byId(place));
  const around = place.closest("[id]");
  const within = fresh.querySelector(byId(around)) ?? (around.id === fresh.id ? fresh : null);
  const kind = [place.localName, ...place.classList].map((name) => CSS.escape(name)).join(".");
  return place.classList.length ? within?.querySelector(kind) : null;
}

function byId(element) {
  return `#${CSS.escape(element.id)}`;
}

/** What a kept form reckons with follows: balances, which nobody types. */
function takeBalances(unit, fresh) {
  const next = unit.id && fresh.querySelector(byId(unit));
  const options = next ? next.querySelectorAll("[data-balance]") : [];
  unit.querySelectorAll("[data-balance]").forEach((option, place) => {
    Object.assign(option.dataset, options[place]?.dataset);
  });
}
