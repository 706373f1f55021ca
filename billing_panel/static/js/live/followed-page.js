// The parts of a page that follow what happens. Each says what it follows (data-follows): "orders"
// is anything of any order, "order:17" of that one, "client:3" and "provider:nordvik" whatever
// happens with them. The page is asked for once for all its parts, not oftener than the server
// answers with ease, and only while somebody sees it.

import { mark, sayAloud, saying, toldIn, warn } from "./change-notice.js";
import { putInPlace } from "./put-in-place.js";
import { keptWith, typedIn } from "./typed.js";

const SOON = [30, 200]; // not all browsers in the same moment
const PACE = [500, 4_000]; // between two questions: twice as long each time, as long as they go on
const QUIET = 10_000; // then the next is asked at once again
const LONGEST = 15_000; // however long an answer took
const body = document.body;
// a page that answers a form stands under an address that nobody can open
const address = body.dataset.page ?? location.pathname + location.search;

export class FollowedPage {
  constructor({ over, outdated }) {
    Object.assign(this, { over, outdated });
    this.wanted = null;
    this.pace = PACE[0];
    this.notBefore = -QUIET;
    this.known = new Map(parts(document).map((part) => [part.id, plain(part)]));
    this.stamps = new Map(forms().map((form) => [form, stamp(form)]));
    document.addEventListener("visibilitychange", () => this.#soon());
  }

  /** Something happened. */
  hear(item) {
    const tags = tagsOf(item);
    const concerns = (part) => part.dataset.follows.split(" ").some((tag) => tags.has(tag));
    if (parts(document).some(concerns)) this.#want(!item.by_me);
  }

  /** The page may be older than it looks: nobody has told what happened, or it was put away. */
  refresh(byOthers) {
    if (parts(document).length) this.#want(byOthers);
  }

  #want(byOthers) {
    if (!address) return;
    this.wanted = { byOthers: byOthers || Boolean(this.wanted?.byOthers) };
    this.#soon();
  }

  #soon() {
    if (this.timer || !this.wanted || document.hidden) return;
    const wait = SOON[0] + Math.random() * (SOON[1] - SOON[0]);
    this.timer = setTimeout(() => this.#ask(), Math.max(wait, this.notBefore - performance.now()));
  }

  async #ask() {
    const { byOthers } = this.wanted;
    this.wanted = null;
    const begun = performance.now();
    const isQuiet = begun - this.notBefore > QUIET;
    this.pace = isQuiet ? PACE[0] : Math.min(PACE[1], 2 * this.pace);
    let pause = LONGEST;
    try {
      await this.#fetch(byOthers);
      pause = Math.min(pause, Math.max(this.pace, 4 * (performance.now() - begun)));
    } catch {
      this.#want(byOthers); // not reached, or too busy
    }
    this.notBefore = performance.now() + pause;
    this.timer = null;
    this.#soon();
  }

  async #fetch(byOthers) {
    const response = await fetch(address, { headers: { "X-Fragment": "parts" }, cache: "no-cache" });
    if (response.status === 304) return;
    if (response.status === 401 || response.redirected) return this.over();
    if (response.status === 403 || response.status === 404) return this.outdated();
    if (!response.ok) throw new Error(response.statusText);
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!isSame(fresh)) return this.outdated();
    for (const part of parts(document)) await this.#update(part, fresh, byOthers);
  }

  async #update(part, page, byOthers) {
    const fresh = page.getElementById(part.id);
    if (!fresh) return;
    const now = plain(fresh);
    if (now === this.known.get(part.id)) return;
    const stale = this.#stale(part, fresh);
    this.known.set(part.id, now);
    const answers = "answers" in part.dataset; // what was typed came back with what is wrong
    const { news } = answers ? { news: [] } : await putInPlace(part, fresh);
    const told = answers ? [] : toldIn(news);
    for (const [form, differences] of stale) {
      const said = told.length ? told.map(saying) : differences;
      warn(form, part.dataset.called, said, () => look(told[0]));
    }
    for (const form of forms()) if (!this.stamps.has(form)) this.stamps.set(form, stamp(form));
    if (byOthers) mark(news);
    if (byOthers && part.dataset.called && news.length) sayAloud(part.dataset.called, told);
    if (!answers) part.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
  }

  /** Forms somebody is typing in whose subject is not as it was, each with what differs. */
  #stale(part, fresh) {
    const stale = new Map();
    for (const form of forms().filter((form) => part.contains(form) || form.contains(part))) {
      const typed = typedIn(form).length || "answers" in part.dataset;
      const next = counterpart(form, fresh);
      const seen = next ? stamp(next) : "gone";
      if (this.stamps.get(form) === seen) continue;
      this.stamps.set(form, seen);
      if (typed) stale.set(form, next ? differences(form, next) : []);
    }
    return stale;
  }
}

function parts(page) {
  return [...page.querySelectorAll("[data-follows][id]")];
}

function forms() {
  return [...document.querySelectorAll("main form[method=post]")];
}

function counterpart(form, fresh) {
  const unit = keptWith(form);
  const found = unit.id && fresh.ownerDocument.getElementById(unit.id);
  return found && (found.matches("form") ? found : found.querySelector("form"));
}

/** What happened, by the names of those whom it concerns. */
function tagsOf({ subject, client, provider }) {
  const tags = new Set([`client:${client}`, `provider:${provider}`]);
  if (subject) tags.add(`${subject.kind}s`).add(`${subject.kind}:${subject.id}`);
  return tags;
}

/** The part without what differs each time: tokens, keys of requests, clocks. */
function plain(part) {
  const copy = part.cloneNode(true);
  for (const field of copy.querySelectorAll("[name=csrf_token], [name=request_key]")) field.remove();
  for (const clock of copy.querySelectorAll("[data-countdown], [data-looking]")) clock.remove();
  return copy.innerHTML;
}

/** As of which state of its subject a form is, by what the server put into it. */
function stamp(form) {
  const versions = form.querySelectorAll("[name=version], [name$=seen]");
  return [...versions].map((field) => field.value).join(" ");
}

/** The fields whose saved value is another now, by their labels. */
function differences(form, next) {
  const said = [];
  for (const field of next.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    const mine = field.id && form.querySelector(`#${CSS.escape(field.id)}`);
    if (!mine || saved(mine) === saved(field)) continue;
    const label = form.querySelector(`label[for="${CSS.escape(field.id)}"]`) ?? mine.closest("label");
    said.push(`${label?.textContent.trim() ?? field.name}: ${saved(field) || "–"}`);
  }
  return said;
}

function saved(field) {
  if (field.matches("select")) {
    const chosen = [...field.options].filter((option) => option.defaultSelected);
    return chosen.map((option) => option.text).join(", ");
  }
  return field.type === "checkbox" ? (field.defaultChecked ? "✓" : "") : field.defaultValue;
}

/** Whether it is a page for the same person, in the same language, of the same panel. */
function isSame(fresh) {
  const made = (page) => [
    page.body.dataset.viewer,
    page.documentElement.lang,
    page.querySelector("link[rel=stylesheet]").getAttribute("href"),
  ];
  return made(fresh).join(" ") === made(document).join(" ");
}

/** Bring what changed before one's eyes; a page that is one form is shown beside. */
function look(told) {
  if (!told?.isConnected) return window.open(address, "_blank", "noopener");
  told.tabIndex = -1;
  told.scrollIntoView({ block: "nearest" });
  return told.focus({ preventScroll: true });
}
