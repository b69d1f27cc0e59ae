// Texts of others' making as the page may show them: what cannot be seen is escaped, what is long is cut.

/** A character that has no shape of its own, or that moves others: controls, directions, rare spaces. */
const UNSEEN = /(?! )[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Z}\p{DI}]/u;
const SHORT_ESCAPES = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The escape of one character, as the command line writes it: \n, \x1b, \u202e, \U000e0041. */
function escapeOf(character) {
  const code = character.codePointAt(0);
  const digits = (number, length) => number.toString(16).padStart(length, "0");
  if (code >= 0xdc80 && code < 0xdd00) {
    return `\\x${digits(code - 0xdc00, 2)}`; // a byte that is not UTF-8
  }
  if (character in SHORT_ESCAPES) {
    return SHORT_ESCAPES[character];
  }
  const isShort = code < 0x100, isWide = code >= 0x10000;
  return isShort ? `\\x${digits(code, 2)}` : isWide ? `\\U${digits(code, 8)}` : `\\u${digits(code, 4)}`;
}

/** A text in pieces that can be seen, or that are escapes: [{text, isEscape}]; `keep` is left alone. */
function visiblePieces(text, keep = "") {
  if (!UNSEEN.test(text)) {
    return [{ text, isEscape: false }];
  }
  const pieces = [];
  for (const character of text) {
    const isEscape = UNSEEN.test(character) && !keep.includes(character);
    const last = pieces[pieces.length - 1];
    const shown = isEscape ? escapeOf(character) : character;
    if (last && last.isEscape === isEscape) {
      last.text += shown;
    } else {
      pieces.push({ text: shown, isEscape });
    }
  }
  return pieces;
}

/** A guest's text with escapes for whatever cannot be seen, but for the characters in `keep`. */
function visibleText(text, keep = "") {
  return visiblePieces(text, keep).map((piece) => piece.text).join("");
}

/** The first `most` characters of a text, and how many more it has. */
function shortText(text, most) {
  return text.length <= most ? text : `${text.slice(0, most)}… (${grouped(text.length - most)} more)`;
}

/** A guest's text as nodes; escapes look different from the same letters written by the guest. */
function escapedNodes(text, keep = "") {
  return visiblePieces(text, keep)
    .map((piece) => piece.isEscape ? make("span", { class: "escape" }, piece.text) : piece.text);
}

/** A guest's text as an element of its own, whose direction does not reach its neighbours. */
function guestText(text, className = "") {
  return make("bdi", { class: className }, ...escapedNodes(text));
}

/** A button that does `act` when it is pressed. */
function linkButton(className, text, act) {
  return make("button", { type: "button", class: className, click: act }, text);
}

/** A number with its noun: "1 page", "812 pages". */
function counted(number, noun, plural = noun + "s") {
  return `${grouped(number)} ${number === 1 ? noun : plural}`;
}

/** A word of the machine in eight hexadecimal digits. */
function hexWord(number) {
  return (number >>> 0).toString(16).padStart(8, "0");
}
