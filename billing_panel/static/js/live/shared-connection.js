// One connection for all tabs of a browser in which the same person is signed in. A lock says whose
// tab holds it; the others are told by a channel, and the next one takes over where it was left.
// Where the browser has no locks (a page that came without https) each tab has its own.

import { Connection } from "./connection.js";

/** Begins to follow; what is ``heard`` and how it ``stands`` as connection.js has them. */
export function share({ address, cursor, viewer }, { heard, stands }) {
  const stop = new AbortController();
  addEventListener("pagehide", () => stop.abort(), { once: true });
  const { signal } = stop;

  if (!navigator.locks || !window.BroadcastChannel) {
    new Connection(address, cursor, { heard, stands }).run(signal);
    return;
  }

  const name = `live ${viewer}`;
  const channel = new BroadcastChannel(name);
  signal.addEventListener("abort", () => channel.close());

  let standing = null;
  let holds = false;
  let joined = false;

  const connection = new Connection(address, cursor, {
    heard(event, data, cursor) {
      heard(event, data, cursor);
      if (holds) channel.postMessage({ event, data, cursor });
    },
    stands(state) {
      standing = state;
      stands(state);
      if (holds) channel.postMessage({ state });
      // the others have the same session, or none
      if (state === "over") stop.abort();
    },
  });

  channel.addEventListener("message", ({ data: said }) => {
    if (said.asks) {
      if (holds && standing) channel.postMessage({ state: standing });
    } else if (said.state) {
      stands(said.state);
      if (said.state === "over") stop.abort();
      else join();
    } else {
      connection.cursor = said.cursor;
      heard(said.event, said.data, said.cursor);
    }
  });

  // what happened between the making of this page and the first word of the other tab
  function join() {
    if (joined || holds) return;
    joined = true;
    connection.catchUp(signal).catch(() => {});
  }

  channel.postMessage({ asks: true });
  navigator.locks
    .request(name, { signal }, () => {
      holds = true;
      return connection.run(signal);
    })
    .catch(() => {}); // the page is left
}
