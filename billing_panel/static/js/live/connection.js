// One connection to the live feed. It goes on where it stopped, and asks now and then where the
// server has no place for it. What it learns it tells by ``heard(name, data, cursor)``, how it
// stands by ``stands(state)``: "live", "late" (asking now and then, or not reached) or "over".

import { events } from "./event-stream.js";

const SILENCE = 60_000; // the server says something every few seconds
const GRACE = 3_000; // a restart of the server is nobody's business
const POLLS = 2; // between two questions for a place
const LONGEST = 15_000;
// whoever is signed in no more, or may follow nothing, is not told by waiting
const OVER = new Set([204, 401, 403, 404]);

const between = (least, most) => least + Math.random() * (most - least);

export class Connection {
  constructor(address, cursor, { heard, stands }) {
    Object.assign(this, { address, cursor, heard, stands });
    this.state = null;
    this.retry = 1_000; // until the server says how long to wait
  }

  /** Until ``signal`` stops it, or the session is over. */
  async run(signal) {
    let failures = 0;
    while (!signal.aborted && this.state !== "over") {
      const outcome = await this.#listen(signal);
      if (outcome === "was live") failures = 0;
      else failures += 1;
      if (outcome === "no place") await this.#poll(signal);
      else if (outcome !== "over") {
        await pause(Math.min(LONGEST, this.retry * 2 ** failures * between(0.7, 1)), signal);
      }
    }
    clearTimeout(this.grace);
  }

  /** What came after the cursor, asked for once. */
  async catchUp(signal) {
    const headers = { Accept: "application/json" };
    for (let more = true; more; ) {
      const response = await fetch(this.#at("after"), { headers, cache: "no-store", signal });
      if (isOver(response)) return this.#is("over");
      if (!response.ok) return undefined;
      const caught = await response.json();
      this.cursor = caught.cursor;
      for (const { event = "news", ...data } of caught.items) this.heard(event, data, this.cursor);
      this.heard(null, null, this.cursor);
      more = caught.more;
    }
    return undefined;
  }

  async #listen(signal) {
    // a connection that died without a word
    const silent = new AbortController();
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => silent.abort(), SILENCE);
    };
    alive();
    try {
      const response = await fetch(this.#at("from"), {
        headers: { Accept: "text/event-stream" },
        cache: "no-store",
        signal: AbortSignal.any([signal, silent.signal]),
      });
      if (isOver(response)) {
        this.#is("over");
        return "over";
      }
      if (response.status === 503) {
        this.#is("late");
        return "no place";
      }
      if (!response.ok) return this.#failed();
      this.#is("live");
      for await (const { name, id, data, retry } of events(response.body, alive)) {
        if (retry !== null) this.retry = Number(retry);
        if (id !== null) this.cursor = id;
        this.heard(data === null ? null : name, data, this.cursor);
      }
      this.#lost();
      return "was live";
    } catch {
      const wasLive = this.state === "live";
      this.#lost();
      return wasLive ? "was live" : "failed";
    } finally {
      clearTimeout(timer);
    }
  }

  async #poll(signal) {
    for (let time = 0; time < POLLS && this.state !== "over"; time += 1) {
      try {
        await this.catchUp(signal);
      } catch {
        return; // not reached: the next question for a place tells more
      }
      await pause(between(15_000, 30_000), signal);
    }
  }

  #at(name) {
    return `${this.address}?${new URLSearchParams({ [name]: this.cursor })}`;
  }

  #failed() {
    this.#lost();
    return "failed";
  }

  #lost() {
    if (this.state === "over" || this.grace) return;
    this.grace = setTimeout(() => this.#is("late"), GRACE);
  }

  #is(state) {
    clearTimeout(this.grace);
    this.grace = null;
    if (state === this.state) return;
    this.state = state;
    this.stands(state);
  }
}

function isOver(response) {
  return response.redirected || OVER.has(response.status);
}

function pause(milliseconds, signal) {
  if (signal.aborted) return undefined;
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });
}
