// Words as they are compared, for lists that are narrowed in the page: as kernel/input/folding.py does it.

const NEIGHBOURS = ["łøđðıħŧŋĸƒіјєэґ", "loddihtnkfииeeг"];
const ALIKE = ["авекмнорстух", "abekmhopctyx"];
const SEVERAL = { ß: "ss", þ: "th", æ: "ae", œ: "oe" };
const letters = new Map(Object.entries(SEVERAL));
for (const [from, to] of [NEIGHBOURS, ALIKE]) {
  [...from].forEach((letter, place) => letters.set(letter, [...to][place]));
}

export function fold(words) {
  const plain = words
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .replace(/\p{Pd}/gu, "-");
  return [...plain].map((one) => letters.get(one) ?? one).join("");
}

/** Whether all words of ``query`` are part of ``text``, in any order. */
export function has(text, query) {
  const folded = fold(text);
  return fold(query).split(/\s+/).filter(Boolean).every((word) => folded.includes(word));
}
