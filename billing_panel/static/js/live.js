// What happens in the panel reaches the page that is open (docs/live.md). Whoever wants to know
// listens on document: "live:news" for each entry of the log, "live:NAME" for what is addressed to
// this person under another name, "live:changed" (it bubbles) for a part of the page put in place.

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
  const stands = (now) => {
    if (state === "over" || state === "outdated") return;
    state = now;
    show(now);
  };
  const page = new FollowedPage({ over: () => stands("over"), outdated: () => stands("outdated") });

  const heard = (name, data, as_of) => {
    cursor = as_of;
    if (name === null) return;
    // away for so long that the server no longer tells what happened
    if (name === "reset") return page.refresh();
    const mark = `${name} ${data.id}`;
    if (seen.has(mark)) return;
    seen.add(mark);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
    if (name === "news" && state !== "over" && state !== "outdated") page.hear(data);
    document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: data }));
  };

  const begin = () => share({ address: pathname, cursor, viewer }, { heard, stands });
  begin();
  // brought back as it was left, by the Back button
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    begin();
    page.refresh();
  });
}
