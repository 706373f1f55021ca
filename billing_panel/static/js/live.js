// What happens in the panel reaches the page that is open (docs/live.md). Whoever wants to know
// listens on document: "live:news" for each entry of the log, "live:NAME" for what is addressed to
// this person under another name, "live:changed" (it bubbles) for a part of the page put in place,
// "live:reset" where what happened is not told any more: whatever is shown is loaded again.

import { FollowedPage } from "./live/followed-page.js";
import { share } from "./live/shared-connection.js";

const REMEMBERED = 500;
const { live, viewer } = document.body.dataset;
const marks = document.querySelectorAll("[data-live-mark]");

function show(state) {
  document.documentElement.dataset.live = state;
  for (const mark of marks) mark.hidden = mark.dataset.liveMark !== state;
}

if (live) {
  const { pathname, searchParams } = new URL(live, location.href);
  const seen = new Set();
  let cursor = searchParams.get("from");
  let state = "live";

  // what has ended stays so until the page is loaded again
  const follows = () => state !== "over" && state !== "outdated";
  const stands = (now) => {
    if (!follows()) return;
    state = now;
    show(now);
  };
  const page = new FollowedPage({ over: () => stands("over"), outdated: () => stands("outdated") });

  // away, and nobody tells what happened meanwhile
  const reset = (byOthers) => {
    if (!follows()) return;
    page.refresh(byOthers);
    document.dispatchEvent(new CustomEvent("live:reset"));
  };

  const heard = (name, data, as_of) => {
    cursor = as_of;
    if (name === null) return;
    if (name === "reset") {
      reset(true);
      return;
    }
    const mark = `${name} ${data.id}`;
    if (seen.has(mark)) return;
    seen.add(mark);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
    if (name === "news" && follows()) page.hear(data);
    document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: data }));
  };

  const begin = () => share({ address: pathname, cursor, viewer }, { heard, stands });
  begin();
  // brought back as it was left, by the Back button
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    begin();
    reset(false);
  });
}
