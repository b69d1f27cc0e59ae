// Frames as squares of a map, for memories of which more is in use than letters have room for.

/** How high squares are at least that letters are written on, in CSS pixels. */
const LEAST_LETTERS = 8;

/** The colours of the theme that a map is painted in. */
function mapColours() {
  const owners = Array.from({ length: OWNER_COLOURS }, (_, index) => colour(`--owner-${index}`));
  return { owners, ink: colour("--ink"), quiet: colour("--quiet"), onOwner: colour("--on-owner") };
}

/** The letters that most of a row's frames have, "" if no letters have more than half of them. */
function mainLetters(frames, now) {
  const counts = new Map();
  for (const frame of frames) {
    const cell = now.cells.get(frame);
    const letters = cell ? lettersOf(cell.owners) : "";
    counts.set(letters, (counts.get(letters) ?? 0) + 1);
  }
  return [...counts.keys()].find((letters) => counts.get(letters) * 2 > frames.length) ?? "";
}

/** What stands before a row, or in place of its cells. */
function textOfRow({ kind, label, text, owners = [] }) {
  return kind === "cells" ? label : owners.length === 1 ? `${owners[0].letter}, ${text}` : text;
}

/** A canvas over the part of a layout that is in sight. */
class FrameMap {
  constructor(scroller, choose) {
    this.scroller = scroller;
    this.canvas = make("canvas", { class: "frame-map-canvas", tabindex: "0", role: "application",
      "aria-roledescription": "map of frames" });
    this.element = make("div", { class: "frame-map" }, this.canvas);
    this.focused = -1;
    this.layout = null;
    const frameOf = (event) => this.layout.frameAt(event.offsetX, event.offsetY + this.scroller.scrollTop);
    this.canvas.addEventListener("click", (event) => choose(frameOf(event)));
    this.canvas.addEventListener("mousedown", (event) => event.preventDefault());
    this.canvas.addEventListener("mousemove", (event) => this._explain(frameOf(event), event));
    this.canvas.addEventListener("mouseleave", () => tip.hide());
    this.canvas.addEventListener("focus", () => this.focus(this.focused));
  }

  /** Shows what `view` has of each frame in sight. */
  draw(view) {
    this.view = view;
    this.layout = view.layout;
    this.element.style.height = `${view.layout.height}px`;
    this.drawSight();
  }

  /** Paints the rows in sight. */
  drawSight() {
    const { layout, scroller } = this;
    const { scrollTop, clientWidth, clientHeight } = scroller;
    const height = Math.min(clientHeight, layout.height);
    this.canvas.style.width = `${clientWidth}px`;
    this.canvas.style.height = `${height}px`;
    const context = sizedContext(this.canvas, clientWidth, height);
    context.translate(0, -scrollTop);
    context.textBaseline = "middle";
    this.colours = mapColours();
    const end = Math.min(layout.rows.length, layout.rowAt(scrollTop + height) + 1);
    let labelled = -Infinity;
    for (let index = layout.rowAt(scrollTop); index < end; index += 1) {
      const row = layout.rows[index];
      const top = layout.tops[index];
      if (row.kind === "cells") {
        this._paintRow(context, row, top);
      }
      if (row.kind !== "cells" || top - labelled >= 14) {
        context.textAlign = "left";
        context.font = `11px ${PROPORTIONAL}`;
        context.fillStyle = this.colours.quiet;
        context.fillText(textOfRow(row), 4, top + Math.max(6, heightOfRow(row, layout.size) / 2));
        labelled = top;
      }
    }
    if (layout.size.height < LEAST_LETTERS) {
      this._letterBlocks(context, layout.rowAt(scrollTop), end);
    }
    this._paintMarks(context);
  }

  /** Writes the letters of rows that belong to the same owners, most of each, once in their middle. */
  _letterBlocks(context, first, end) {
    const { layout, view } = this;
    const letters = [];
    for (let row = first; row < end; row += 1) {
      letters.push(mainLetters(layout.rows[row].frames ?? [], view.now));
    }
    context.textAlign = "center";
    context.font = `bold 13px ${PROPORTIONAL}`;
    context.fillStyle = this.colours.onOwner;
    for (let start = 0, stop = 0; start < letters.length; start = stop) {
      for (stop = start + 1; letters[stop] === letters[start]; stop += 1);
      const [top, bottom] = [layout.tops[first + start], layout.tops[first + stop]];
      if (letters[start] && bottom - top >= 14) {
        const length = layout.rows[first + start].frames.length;
        context.fillText(letters[start], (layout.left(0) + layout.left(length)) / 2, (top + bottom) / 2);
      }
    }
  }

  /** Paints a row of frames, and the letters of neighbours that belong to the same owners once above them. */
  _paintRow(context, row, top) {
    const { size } = this.layout;
    const cells = row.frames.map((frame) => this.view.now.cells.get(frame));
    cells.forEach((cell, column) => this._paint(context, cell, this.layout.left(column), top));
    if (size.height < LEAST_LETTERS) {
      return;
    }
    context.textAlign = "center";
    context.font = `bold ${Math.max(9, size.height - 1)}px ${PROPORTIONAL}`;
    context.fillStyle = this.colours.onOwner;
    const letters = cells.map((cell) => cell && !isTable(cell.kind) ? lettersOf(cell.owners) : "");
    for (let first = 0, end = 0; first < cells.length; first = end) {
      for (end = first + 1; end < cells.length && letters[end] === letters[first]; end += 1);
      if (letters[first] && end - first > letters[first].length) {
        const middle = (this.layout.left(first) + this.layout.left(end) - size.gap) / 2;
        context.fillText(letters[first], middle, top + size.height / 2 + 1);
      }
    }
  }

  /** Paints one frame: its owners' colours side by side, a dot for a page table, a point where it is free. */
  _paint(context, cell, x, y) {
    const { width, height } = this.layout.size;
    if (!cell) {
      context.fillStyle = this.colours.quiet;
      context.fillRect(x + width / 2 - 0.5, y + height / 2 - 0.5, 1, 1);
      return;
    }
    const indexes = coloursOf(cell.owners).slice(0, width < 6 ? 2 : MOST_COLOURS);
    const part = width / Math.max(1, indexes.length);
    if (!indexes.length) {
      context.fillStyle = this.colours.quiet;
      context.fillRect(x, y + height / 4, width, height / 2);
    }
    indexes.forEach((index, k) => {
      context.fillStyle = this.colours.owners[index] ?? this.colours.quiet;
      context.fillRect(x + k * part, y, part, height);
    });
    if (width >= 7) {
      this._paintKind(context, cell, x, y);
    }
  }

  /** Paints what a square has of its kind: a dot for a page table, a corner where it is shared. */
  _paintKind(context, { kind, owners }, x, y) {
    const { width, height } = this.layout.size;
    context.fillStyle = this.colours.ink;
    if (isTable(kind)) {
      context.beginPath();
      context.arc(x + width / 2, y + height / 2, width / 4, 0, 2 * Math.PI);
      context.fill();
    }
    if (owners.length > 1) {
      context.beginPath();
      context.moveTo(x + width, y);
      context.lineTo(x + width / 2, y);
      context.lineTo(x + width, y + height / 2);
      context.fill();
    }
  }

  /** Paints what changed, what is chosen and where the keyboard is, above all squares. */
  _paintMarks(context) {
    const { changes, selected } = this.view;
    this._outlineChanged(context, changes);
    this._outline(context, selected, 2, "--accent", 3);
    if (document.activeElement === this.canvas) {
      this._outline(context, this.focused, 3, "--ink", 1.5);
    }
  }

  /** Draws a line around the squares that changed, none between two of them. */
  _outlineChanged(context, changes) {
    const { layout } = this;
    const { width, height, gap } = layout.size;
    const isChanged = (row, column) => changes.has(layout.rows[row]?.frames?.[column] ?? -1);
    const lines = new Path2D();
    for (const frame of changes.keys()) {
      const place = layout.place(frame);
      if (place) {
        const { row, column } = place;
        const [left, top] = [layout.left(column) - gap / 2, layout.tops[row] - gap / 2];
        const [right, bottom] = [left + width + gap, top + height + gap];
        const sides = [
          [row - 1, column, left, top, right, top], [row + 1, column, left, bottom, right, bottom],
          [row, column - 1, left, top, left, bottom], [row, column + 1, right, top, right, bottom],
        ];
        for (const [besideRow, besideColumn, x, y, toX, toY] of sides) {
          if (!isChanged(besideRow, besideColumn)) {
            lines.moveTo(x, y);
            lines.lineTo(toX, toY);
          }
        }
      }
    }
    context.strokeStyle = this.colours.ink;
    context.lineWidth = 2;
    context.lineCap = "square";
    context.stroke(lines);
  }

  /** Draws a line around a frame's square, some pixels away from it. */
  _outline(context, frame, away, name, thickness) {
    const place = this.layout.place(frame);
    if (place) {
      const { width, height } = this.layout.size;
      context.strokeStyle = colour(name);
      context.lineWidth = thickness;
      const [x, y] = [this.layout.left(place.column), this.layout.tops[place.row]];
      context.strokeRect(x - away / 2, y - away / 2, width + away, height + away);
    }
  }

  /** Says which frame is below the mouse. */
  _explain(frame, event) {
    if (frame < 0) {
      tip.hide();
    } else {
      const { now, changes } = this.view;
      tip.show(frameSentence(now, frame, changes.get(frame)), event.clientX, event.clientY);
    }
  }

  /** Moves the keyboard's place to a frame and says what it is. */
  focus(frame) {
    const { layout, view } = this;
    this.focused = [frame, view.selected].find((one) => one >= 0 && layout.place(one)) ?? layout.first();
    scrollToFrame(this.scroller, layout, this.focused);
    const change = view.changes.get(this.focused);
    this.canvas.setAttribute("aria-label", frameSentence(view.now, this.focused, change));
    this.drawSight();
  }
}
