// The page on which the lines of an order are edited: the catalogue can be searched.

import { tariffList } from "./tariff-list.js";

tariffList(document.querySelector("[data-edit-lines]"));
