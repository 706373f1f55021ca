// What scripts add to the panel. Every page works without them.

// first: it remembers the page as the server made it
import "./live.js";

import "./balance-after.js";
import "./dialogs.js";
import "./drawer.js";
import "./keyboard.js";
import "./matrix.js";
import "./menus.js";
import "./more-rows.js";
import "./notices.js";
import "./palette.js";
import "./row-links.js";
import "./staged.js";
import "./submit-once.js";
import "./tabs.js";
import "./take-focus.js";
import "./toasts.js";
