// What is new for the person: the bell, the numbers of the menu, a sound, a desktop notification.
// The live feed says it by the events "live:notice" ({id, title, address, sound, desktop} as its
// detail) and "live:news" of the document. Without it a page shows what was new when it was made.

const bell = document.querySelector("[data-bell]");
const hint = document.querySelector("[data-sound-hint]");
const SEEN = "sound-hint-seen";
// news that come together are asked for once, and never more often than this
const TOGETHER = 300;
const SELDOM = 800;

const remembered = () => {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return true;
  }
};

const remember = () => {
  try {
    localStorage.setItem(SEEN, "1");
  } catch {
    // where nothing can be kept the hint is not shown at all
  }
};

function write(place, number) {
  const mark = place?.querySelector("[data-news]");
  if (!mark) return;
  mark.querySelector("[data-number]").textContent = number;
  mark.hidden = !number;
}

async function ask() {
  // asked by the page and not by the person, it keeps nobody signed in
  const headers = { Accept: "application/json", "X-Fragment": "parts" };
  const answer = await fetch(bell.dataset.newsFrom, { headers });
  if (!answer.ok || answer.redirected) return null;
  return answer.json();
}

async function renew() {
  const news = await ask().catch(() => null);
  if (!news) return;
  write(bell, news.bell);
  for (const [address, number] of Object.entries(news.places)) {
    write(document.querySelector(`.nav a[href="${CSS.escape(address)}"]`), number);
  }
}

let timer = null;
let asked = 0;

function renewSoon() {
  if (timer !== null) return;
  timer = setTimeout(
    () => {
      timer = null;
      asked = Date.now();
      renew();
    },
    Math.max(TOGETHER, asked + SELDOM - Date.now()),
  );
}

function offerSound() {
  if (hint && !remembered()) hint.hidden = false;
}

async function play() {
  try {
    await new Audio(bell.dataset.sound).play();
    return true;
  } catch {
    return false;
  }
}

// of several pages of one browser one alone is heard
async function alone(id, act) {
  if (!navigator.locks) return act();
  return navigator.locks.request(`notice-${id}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    await act();
    await new Promise((done) => setTimeout(done, 2000));
  });
}

function showOnDesktop(notice) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(notice.title, { tag: `notice-${notice.id}` });
  shown.addEventListener("click", () => {
    window.focus();
    location.assign(notice.address);
  });
}

function heard(notice) {
  const said = document.querySelector("[data-notice-said]");
  if (said) said.textContent = notice.title;
  renewSoon();
  if (!notice.sound && !notice.desktop) return;
  alone(notice.id, async () => {
    if (notice.desktop) showOnDesktop(notice);
    if (notice.sound && !(await play())) offerSound();
  });
}

// a browser that has not been touched yet keeps quiet: at the first visit that is said
async function tellOfSilence() {
  if (!hint || remembered() || !window.AudioContext) return;
  const trial = new AudioContext();
  const silent = trial.state === "suspended";
  trial.close();
  if (!silent) return;
  const news = await ask().catch(() => null);
  if (news?.sound) offerSound();
}

function desktopState() {
  const place = document.querySelector("[data-desktop-state]");
  if (!place) return;
  const state = "Notification" in window ? Notification.permission : "absent";
  place.textContent = place.dataset[state] ?? "";
  document.querySelector("[data-allow-desktop]").hidden = state !== "default";
}

if (bell) {
  document.addEventListener("live:notice", (event) => heard(event.detail));
  // the numbers beside places of the menu change with what happens to anybody's orders
  document.addEventListener("live:news", renewSoon);
  document.addEventListener("live:reset", renewSoon);
  hint?.querySelector("[data-sound-on]").addEventListener("click", async () => {
    if (!(await play())) return;
    remember();
    hint.hidden = true;
  });
  hint?.querySelector("[data-sound-close]").addEventListener("click", () => {
    remember();
    hint.hidden = true;
  });
  document.querySelector("[data-play-sound]")?.addEventListener("click", play);
  document.querySelector("[data-allow-desktop]")?.addEventListener("click", async () => {
    await Notification.requestPermission();
    desktopState();
  });
  desktopState();
  tellOfSilence();
}
