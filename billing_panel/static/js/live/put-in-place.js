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
  for (const form of kept) carryOver(form, part, fresh);

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

/** The words of a text; a clock that runs tells nothing new. */
function says(text) {
  return text.parentElement?.closest("[data-countdown]") ? "" : text.data.trim();
}

/** A form that is there no more comes along, in the nearest part of the page that is. */
function carryOver(form, part, fresh) {
  const unit = keptWith(form);
  if (unit.id && fresh.querySelector(`#${CSS.escape(unit.id)}`)) return;
  let place = unit.parentElement;
  const counterpart = () => place.id && fresh.querySelector(`#${CSS.escape(place.id)}`);
  while (place !== part && !counterpart()) place = place.parentElement;
  (place === part ? fresh : counterpart()).append(unit.cloneNode(true));
}
