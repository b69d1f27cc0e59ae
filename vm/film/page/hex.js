// A page in hexadecimal: rows of bytes, what changed marked, rows that repeat the one above folded.

/** Rows like the one above from which on they are folded. */
const FOLD_FROM = 2;
/** Characters of a row of sixteen bytes: mark, address, bytes, letters. */
const WIDE_ROW = 3 + 8 + (16 * 3 + 2) + 16;

/** A flag for each byte that lies in one of the [offset, length] of `changes`. */
function changedBytes(changes) {
  const flags = new Uint8Array(PAGE_SIZE + 1);
  for (const [offset, length] of changes) {
    flags.fill(1, offset, Math.min(offset + length, PAGE_SIZE));
  }
  return flags;
}

/** Whether the row at `offset` has the bytes of the row above. */
function isLikeAbove(bytes, offset, width) {
  for (let each = offset; each < offset + width; each++) {
    if (bytes[each] !== bytes[each - width]) {
      return false;
    }
  }
  return offset > 0;
}

/** Whether a row has to be shown whatever stands above: something in it changed or is pointed to. */
function isMarked(offset, width, flags, pointers) {
  return flags.subarray(offset, offset + width).includes(1) ||
    pointers.some((each) => each.offset >= offset && each.offset < offset + width);
}

/** The rows of a page in order: {offset} of one that is shown, {offset, rows} of a fold. */
function foldedRows(bytes, width, flags, pointers, unfolded) {
  const rows = [];
  let like = 0;
  const fold = (end) => {
    if (like >= FOLD_FROM && !unfolded.has(end - like * width)) {
      rows.push({ offset: end - like * width, rows: like });
    } else {
      for (let each = end - like * width; each < end; each += width) {
        rows.push({ offset: each, rows: 0 });
      }
    }
    like = 0;
  };
  for (let offset = 0; offset < PAGE_SIZE; offset += width) {
    if (isLikeAbove(bytes, offset, width) && !isMarked(offset, width, flags, pointers)) {
      like += 1;
    } else {
      fold(offset);
      rows.push({ offset, rows: 0 });
    }
  }
  fold(PAGE_SIZE);
  return rows;
}

/** What stands between byte `at` - 1 and byte `at` of a row: brackets around what changed. */
function separator(flags, offset, at, width) {
  const before = at > 0 && flags[offset + at - 1];
  const here = at < width && flags[offset + at];
  const middle = at === 8 && width === 16 ? " " : "";
  return before && !here ? "]" + middle : here && !before ? middle + "[" : " " + middle;
}

/** Appends text to the last piece if it is of the same kind, or begins a new piece. */
function addPiece(pieces, isChanged, text) {
  const last = pieces[pieces.length - 1];
  if (last && last.isChanged === isChanged) {
    last.text += text;
  } else {
    pieces.push({ isChanged, text });
  }
}

/** The bytes of a row in digits, in pieces that changed or did not; brackets belong to what changed. */
function digitPieces(bytes, flags, offset, width) {
  const pieces = [];
  for (let at = 0; at <= width; at++) {
    const between = separator(flags, offset, at, width);
    for (const character of between) {
      const inner = character === " " && at > 0 && at < width && flags[offset + at - 1] && flags[offset + at];
      addPiece(pieces, character !== " " || Boolean(inner), character);
    }
    if (at < width) {
      addPiece(pieces, Boolean(flags[offset + at]), bytes[offset + at].toString(16).padStart(2, "0"));
    }
  }
  return pieces;
}

/** The bytes of a row as ASCII, a dot for what is none. */
function letterPieces(bytes, flags, offset, width) {
  const pieces = [];
  for (let at = offset; at < offset + width; at++) {
    const isLetter = bytes[at] >= 0x20 && bytes[at] < 0x7f;
    addPiece(pieces, Boolean(flags[at]), isLetter ? String.fromCharCode(bytes[at]) : "·");
  }
  return pieces;
}

/** An element of pieces, those that changed in marks. */
function piecesElement(className, pieces) {
  return make("span", { class: className },
    ...pieces.map((each) => each.isChanged ? make("mark", {}, each.text) : each.text));
}

/** What a fold says: how many rows it hides, and of what. */
function foldText(bytes, row, width) {
  const first = bytes[row.offset];
  const same = bytes.subarray(row.offset, row.offset + width).every((each) => each === first);
  const digits = first.toString(16).padStart(2, "0");
  return `… ${counted(row.rows, "more row")} ${same ? "of " + digits : "like this one"}`;
}

/** The table of a page's bytes; it decides by its own width how many bytes a row has. */
class HexTable {
  constructor() {
    this.element = make("div", { class: "hex-table" });
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "region");
    this.element.setAttribute("aria-label", "the bytes of the page");
    this.probe = make("span", { class: "hex-probe" }, "0".repeat(10));
    this.width = 0;
    this.shown = null;
    this.unfolded = new Set();
    this.element.addEventListener("click", (event) => this.unfold(event.target));
    new ResizeObserver(() => this.resize()).observe(this.element);
  }

  /** Shows a page: {address, bytes, changes: [[offset, length]], pointers: [{offset, name}]}. */
  show(page) {
    if (!this.shown || this.shown.address !== page.address) {
      this.unfolded.clear();
    }
    this.shown = page;
    this.width = this.width || this.fitting();
    this.draw();
  }

  /** Shows a text in place of bytes. */
  say(text) {
    this.shown = null;
    this.element.replaceChildren(make("p", { class: "hex-none" }, text));
  }

  /** How many bytes fit into a row. */
  fitting() {
    this.element.append(this.probe);
    const letter = this.probe.getBoundingClientRect().width / 10 || 7;
    this.probe.remove();
    return this.element.clientWidth >= WIDE_ROW * letter ? 16 : 8;
  }

  /** Draws again where the new width asks for other rows; while it is hidden, the table has none. */
  resize() {
    const width = this.element.clientWidth ? this.fitting() : this.width;
    if (width !== this.width) {
      this.width = width;
      this.unfolded.clear();
      if (this.shown) {
        this.draw();
        this.reveal();
      }
    }
  }

  /** Makes all rows anew. */
  draw() {
    const { bytes, changes, pointers } = this.shown;
    const flags = changedBytes(changes);
    const rows = foldedRows(bytes, this.width, flags, pointers, this.unfolded);
    this.element.dataset.width = String(this.width);
    this.element.replaceChildren(
      ...rows.map((row) => row.rows ? this.fold(row) : this.row(row.offset, flags)));
  }

  /** The element of a row that is shown. */
  row(offset, flags) {
    const { address, bytes, pointers } = this.shown;
    const here = pointers.filter((each) => each.offset >= offset && each.offset < offset + this.width);
    const name = here.map((each) => each.name).join(" ");
    const row = make("div", { class: "hex-row" },
      make("span", { class: "hex-pointer" }, name ? (name + "→").padStart(3) : "   "),
      make("span", { class: "hex-address" }, hexWord(address + offset)),
      piecesElement("hex-bytes", digitPieces(bytes, flags, offset, this.width)),
      piecesElement("hex-letters", letterPieces(bytes, flags, offset, this.width)));
    row.dataset.offset = String(offset);
    return row;
  }

  /** The element of a fold, which opens it. */
  fold(row) {
    const button = make("button", { class: "hex-fold" }, foldText(this.shown.bytes, row, this.width));
    button.type = "button";
    button.title = "Show these rows";
    button.dataset.offset = String(row.offset);
    return button;
  }

  /** Opens the fold that was clicked. */
  unfold(target) {
    const fold = target.closest(".hex-fold");
    if (fold && this.shown) {
      this.unfolded.add(Number(fold.dataset.offset));
      this.draw();
      this.element.focus({ preventScroll: true });
    }
  }

  /** Scrolls, within the table alone, to what changed, else to what is pointed to. */
  reveal() {
    if (!this.shown) {
      return;
    }
    const mark = this.element.querySelector("mark");
    const pointed = this.shown.pointers.length ? this.rowAt(this.shown.pointers[0].offset) : null;
    const row = mark ? mark.closest(".hex-row") : pointed;
    if (row) {
      this.element.scrollTop = row.offsetTop - this.element.clientHeight / 2;
    }
  }

  /** The row that shows the byte at `offset`. */
  rowAt(offset) {
    const first = offset - offset % this.width;
    return this.element.querySelector(`.hex-row[data-offset="${first}"]`);
  }
}
