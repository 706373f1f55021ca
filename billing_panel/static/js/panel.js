// What scripts add to the panel. Every page works without them.

import "./balance-after.js";
import "./dialogs.js";
import "./drawer.js";
import "./keyboard.js";
import "./live.js";
import "./matrix.js";
import "./menus.js";
import "./more-rows.js";
import "./palette.js";
import "./staged.js";
import "./submit-once.js";
import "./take-focus.js";
import "./toasts.js";
