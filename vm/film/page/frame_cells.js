// Frames as cells: elements of which only those in sight are made, with letters, words and signs.

/** How many colours a cell shows at most; its letters and its number tell of the others. */
const MOST_COLOURS = 4;

/** How wide a cell is that has room for more than two letters. */
const ROOMY = 26;

/** What a cell shows: {letters, word, corner, tag, classes, colours}. */
function faceOf(now, before, frame, change, size) {
  const cell = now.cells.get(frame);
  const shown = cell || (change && before && before.cells.get(frame)) || null;
  const owners = shown ? shown.owners : [];
  const classes = ["frame-cell", cell ? `is-${isTable(cell.kind) ? "table" : cell.kind}` : "is-free"];
  if (change) {
    classes.push("is-changed", `was-${change.change}`);
  }
  if (cell && owners.length > 1) {
    classes.push("is-split");
  }
  const most = size.width < ROOMY && owners.length > 2 ? 1 : 2;
  return {
    classes: classes.join(" "),
    letters: owners.length ? lettersOf(owners, most) : shown ? "\u2022" : "",
    word: !size.hasWords ? "" : cell ? now.purpose(cell) : change ? CHANGES[change.change].word : "",
    sign: change ? CHANGES[change.change].sign : "",
    users: cell && owners.length > 1 && size.hasWords ? String(owners.length) : "",
    tag: cell ? TAGS[cell.kind] || "" : "",
    colours: cell ? coloursOf(owners) : [],
  };
}

/** The numbers of the colours of some owners; of many the first one's, and -1 for the others. */
function coloursOf(owners) {
  return owners.length > MOST_COLOURS ? [owners[0].index, -1] : owners.map((owner) => owner.index);
}

/** The letter in the corner of a frame that is more than somebody's page. */
const TAGS = { root: "R", table: "T", shared: "S" };

/** The background of a cell with so many owners: a stripe of each one's colour. */
function stripes(colours) {
  if (!colours.length) {
    return "";
  }
  const names = colours.map((index) => index < 0 ? "var(--quiet)" : `var(--owner-${index})`);
  if (names.length === 1) {
    return names[0];
  }
  const part = 100 / names.length;
  const stops = names.map((name, k) => `${name} ${k * part}% ${(k + 1) * part}%`);
  return `linear-gradient(135deg, ${stops.join(", ")})`;
}

/** Tells the style sheet how large the cells in an element are, and their letters and words. */
function sizeCells(element, { width, height }) {
  const [letters, word] = [Math.round(height * 0.28 + 5), width < 50 ? 8.5 : height * 0.2];
  const lengths = { width, height, letters, word };
  for (const [name, length] of Object.entries(lengths)) {
    element.style.setProperty(`--cell-${name}`, `${length}px`);
  }
}

/** The cells of a layout inside an element that scrolls. */
class FrameCells {
  constructor(scroller, choose) {
    this.scroller = scroller;
    this.element = make("div", { class: "frame-rows", role: "grid" });
    this.rows = new Map();
    this.layout = null;
    this.focused = -1;
    this.element.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-frame]");
      if (cell) {
        choose(Number(cell.dataset.frame));
      }
    });
    // A click does not take the keyboard away from where it is: the arrow keys go on stepping.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  /** Shows what `view` has of each frame in sight: {layout, now, before, changes, selected}. */
  draw(view) {
    if (view.layout !== this.layout) {
      this.layout = view.layout;
      this.rows.clear();
      this.element.replaceChildren();
      this.element.style.height = `${view.layout.height}px`;
      sizeCells(this.element, view.layout.size);
      this.element.setAttribute("aria-rowcount", view.layout.rows.length);
    }
    this.view = view;
    this.drawSight();
  }

  /** Makes the rows in sight, takes the others away, and brings each cell up to date. */
  drawSight() {
    const { layout } = this;
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, layout.rowAt(scrollTop) - 2);
    const last = Math.min(layout.rows.length - 1, layout.rowAt(scrollTop + clientHeight) + 2);
    for (const [index, row] of this.rows) {
      if ((index < first || index > last) && !row.element.contains(document.activeElement)) {
        row.element.remove();
        this.rows.delete(index);
      }
    }
    const stop = this._stop();
    for (let index = first; index <= last; index += 1) {
      if (!this.rows.has(index)) {
        this.rows.set(index, this._makeRow(index));
      }
    }
    for (const [, row] of this.rows) {
      for (const cell of row.cells) {
        this._fill(cell, stop);
      }
    }
  }

  /** The frame that the Tab key comes to: the one chosen, the one last visited, or the first. */
  _stop() {
    const { layout, view } = this;
    return [this.focused, view.selected].find((frame) => frame >= 0 && layout.place(frame)) ?? layout.first();
  }

  /** Makes the elements of a row. */
  _makeRow(index) {
    const row = this.layout.rows[index];
    const attributes = { class: `frame-row is-${row.kind}`, role: "row", "aria-rowindex": index + 1 };
    const element = make("div", attributes);
    element.style.top = `${this.layout.tops[index]}px`;
    const cells = [];
    if (row.kind === "cells") {
      element.append(make("span", { class: "row-label", role: "rowheader" }, row.label));
      row.frames.forEach((frame, column) => cells.push(this._makeCell(frame, column)));
      element.append(...cells.map((cell) => cell.element));
    } else {
      const text = make("span", { role: "gridcell" }, row.text);
      element.append(...(row.owners || []).slice(0, 12).map((owner) => badge(owner.life)), text);
    }
    this.element.append(element);
    return { element, cells };
  }

  /** Makes the elements of a cell: letters, a word below, and what stands in three corners. */
  _makeCell(frame, column) {
    const parts = ["letters", "word", "sign", "users", "tag"].map((name) => make("span", { class: name }));
    const element = make("div", { role: "gridcell", "data-frame": frame, tabindex: "-1" }, ...parts);
    element.style.left = `${this.layout.left(column)}px`;
    return { frame, element, parts, shown: "" };
  }

  /** Brings a cell up to date; it is left alone where it says the same as before. */
  _fill(cell, stop) {
    const { now, before, changes, selected } = this.view;
    const change = changes.get(cell.frame);
    const face = faceOf(now, before, cell.frame, change, this.layout.size);
    const sentence = frameSentence(now, cell.frame, change);
    const [isSelected, isStop] = [cell.frame === selected, cell.frame === stop];
    const shown = [...Object.values(face), sentence, isSelected, isStop].join("|");
    if (shown === cell.shown) {
      return;
    }
    cell.shown = shown;
    const { element, parts } = cell;
    element.className = face.classes;
    element.style.background = stripes(face.colours);
    [face.letters, face.word, face.sign, face.users, face.tag].forEach((text, k) => setText(parts[k], text));
    element.setAttribute("aria-label", sentence);
    element.title = sentence;
    element.setAttribute("aria-selected", String(isSelected));
    element.tabIndex = isStop ? 0 : -1;
  }

  /** Gives the keyboard to a frame's cell, which is brought in sight. */
  focus(frame) {
    this.focused = frame;
    scrollToFrame(this.scroller, this.layout, frame);
    this.drawSight();
    const cell = this.element.querySelector(`[data-frame="${frame}"]`);
    if (cell) {
      cell.focus({ preventScroll: true });
    }
  }
}

/** Scrolls as little as it takes to have a frame in sight. */
function scrollToFrame(scroller, layout, frame) {
  const place = layout.place(frame);
  if (!place) {
    return;
  }
  const [top, bottom] = [layout.tops[place.row], layout.tops[place.row + 1]];
  if (top < scroller.scrollTop) {
    scroller.scrollTop = top - 4;
  } else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = bottom - scroller.clientHeight + 4;
  }
}

/** Moves among frames by the arrow keys, Home and End; returns the frame to go to, or -1 for other keys. */
function frameByKey(layout, frame, key) {
  switch (key) {
    case "ArrowLeft": return layout.neighbour(frame, 0, -1);
    case "ArrowRight": return layout.neighbour(frame, 0, 1);
    case "ArrowUp": return layout.neighbour(frame, -1, 0);
    case "ArrowDown": return layout.neighbour(frame, 1, 0);
    case "Home": return layout.first();
    case "End": return layout.last();
    default: return -1;
  }
}
