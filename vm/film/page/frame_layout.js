// Where frames stand: rows of cells, heads and gaps, by the number of the frame or by owner.

/** How large cells may be, in CSS pixels: with letters and words, with letters, and as squares of a map. */
const CELL_SIZES = [
  ...[[78, 66], [60, 52], [46, 40]].map(([width, height]) => sizeOf(width, height, 4, { hasWords: true })),
  ...[[38, 33], [31, 26], [26, 22], [21, 18]].map(([width, height]) => sizeOf(width, height, 2, {})),
  ...[14, 12, 10, 9, 8, 7, 6, 5, 4].map((width) => sizeOf(width, width, width > 5 ? 1 : 0, { isMap: true })),
];

/** A size of cells, the gap between them, and the room before a row and above a group. */
function sizeOf(width, height, gap, { hasWords = false, isMap = false }) {
  return { width, height, gap, hasWords, isMap, label: 56, head: isMap ? 20 : 26 };
}

/** Rows of frames and where they are: {kind: "cells", label, frames} or {kind: "head" | "gap", text}. */
class FrameLayout {
  constructor(size, columns, rows) {
    this.size = size;
    this.columns = columns;
    this.rows = rows;
    this.tops = new Float64Array(rows.length + 1);
    rows.forEach((row, index) => {
      this.tops[index + 1] = this.tops[index] + heightOfRow(row, size);
    });
    this._places = null;
  }

  /** How high all rows are together. */
  get height() {
    return this.tops[this.rows.length];
  }

  /** The first row that ends below a height. */
  rowAt(y) {
    return firstWhere(0, this.rows.length, (row) => this.tops[row + 1] > y);
  }

  /** The row and the column of a frame, or null where it has none. */
  place(frame) {
    if (!this._places) {
      this._places = new Map();
      this.rows.forEach(({ frames = [] }, row) => {
        frames.forEach((one, column) => this._places.set(one, { row, column }));
      });
    }
    return this._places.get(frame) || null;
  }

  /** The middle of a frame's cell, or null. */
  middle(frame) {
    const place = this.place(frame);
    const { width, height } = this.size;
    return place && { x: this.left(place.column) + width / 2, y: this.tops[place.row] + height / 2 };
  }

  /** Where a column begins. */
  left(column) {
    return this.size.label + column * (this.size.width + this.size.gap);
  }

  /** The frame at a point, or -1. */
  frameAt(x, y) {
    const row = this.rows[this.rowAt(y)];
    const column = Math.floor((x - this.size.label) / (this.size.width + this.size.gap));
    return row && row.kind === "cells" && column >= 0 && column < row.frames.length ? row.frames[column] : -1;
  }

  /** The frame so many rows and columns away from another, or the same where there is none. */
  neighbour(frame, rows, columns) {
    const place = this.place(frame);
    if (!place) {
      return this.first();
    }
    let { row, column } = place;
    const direction = Math.sign(rows || columns);
    column += columns;
    if (rows || column < 0 || column >= this.rows[row].frames.length) {
      do {
        row += direction;
      } while (this.rows[row] && this.rows[row].kind !== "cells");
      if (!this.rows[row]) {
        return frame;
      }
      const last = this.rows[row].frames.length - 1;
      column = rows ? Math.min(column, last) : direction > 0 ? 0 : last;
    }
    return this.rows[row].frames[column];
  }

  /** The first frame that is shown, or -1. */
  first() {
    const row = this.rows.find((one) => one.kind === "cells");
    return row ? row.frames[0] : -1;
  }

  /** The last frame that is shown, or -1. */
  last() {
    const row = this.rows.findLast((one) => one.kind === "cells");
    return row ? row.frames.at(-1) : -1;
  }
}

/** How high a row is, with what is between it and the next. */
function heightOfRow(row, size) {
  return row.kind === "cells" ? size.height + size.gap : row.kind === "gap" ? 20 : size.head;
}

/** How many cells of a size stand beside each other: a number that is easy to count in. */
function columnsFor(size, width) {
  const most = Math.max(1, Math.floor((width - size.label + size.gap) / (size.width + size.gap)));
  const step = most >= 20 ? 10 : most >= 10 ? 5 : 1;
  return most - (most % step);
}

/** The rows of all frames by number; rows that no moment of the film uses are one line that says so. */
function rowsByNumber(used, frames, columns) {
  const rows = [];
  let next = 0;
  const skip = (first) => {
    if (first > next) {
      rows.push({ kind: "gap", text: gapText(next, first) });
    }
  };
  for (const frame of used) {
    const first = frame - (frame % columns);
    if (frame < next) {
      continue;
    }
    skip(first);
    const count = Math.min(columns, frames - first);
    const numbers = Array.from({ length: count }, (_, column) => first + column);
    rows.push({ kind: "cells", label: grouped(first), frames: numbers });
    next = first + count;
  }
  skip(frames);
  return rows;
}

/** What is said of the frames from one to before another that the film never uses. */
function gapText(first, end) {
  const numbers = end - first > 1 ? `${grouped(first)}\u2013${grouped(end - 1)}` : grouped(first);
  return `\u2026 ${counted(end - first, "frame")} never used (${numbers})`;
}

/** The rows of the frames in use, by who uses them; `freed` are those that were given back at this moment. */
function rowsByOwner(now, freed, columns) {
  const groups = new Map();
  for (const cell of [...now.cells.values()].sort(compareCells)) {
    const key = cell.owners.map((owner) => owner.letter).join(" ");
    if (!groups.has(key)) {
      groups.set(key, { owners: cell.owners, purposes: new Map(), count: 0 });
    }
    const group = groups.get(key);
    const purpose = isTable(cell.kind) ? "tables" : now.purpose(cell);
    addTo(group.purposes, purpose, cell.frame);
    group.count += 1;
  }
  const rows = [];
  for (const { owners, purposes, count } of [...groups.values()].sort(compareGroups)) {
    rows.push({ kind: "head", owners, text: groupText(now.film, owners, count) });
    pushPurposes(rows, purposes, columns);
  }
  if (freed.length) {
    rows.push({ kind: "head", owners: [], text: `freed at this moment: ${counted(freed.length, "frame")}` });
    pushPurposes(rows, new Map([["", freed]]), columns);
  }
  return rows;
}

/** Pages come by their addresses, page tables behind them. */
function compareCells(one, other) {
  return isTable(one.kind) - isTable(other.kind) || one.uses[0].address - other.uses[0].address;
}

/** Groups of one owner come first, by birth, then those of several, and the machine's last. */
function compareGroups(one, other) {
  const rank = ({ owners }) => owners.length === 0 ? 2 : owners.length > 1 ? 1 : 0;
  const births = one.owners.map((owner, index) => owner.life - (other.owners[index] || owner).life);
  return rank(one) - rank(other) || one.owners.length - other.owners.length || births.find(Boolean) || 0;
}

/** What stands above the frames of some owners. */
function groupText(film, owners, count) {
  if (!owners.length) {
    return `of no process: ${counted(count, "frame")}`;
  }
  const letters = listed(owners.slice(0, 12).map((owner) => owner.letter));
  const more = owners.length > 12 ? ` and ${owners.length - 12} more` : "";
  if (owners.length > 1) {
    return `shared by ${letters}${more}: ${counted(count, "frame")}`;
  }
  const { life } = owners[0];
  return `${life < 0 ? "nobody" : `process ${film.lives[life].pid}`} alone: ${counted(count, "frame")}`;
}

/** Adds the rows of a group: for each purpose its frames, in as many rows as it takes. */
function pushPurposes(rows, purposes, columns) {
  for (const [purpose, frames] of purposes) {
    for (let first = 0; first < frames.length; first += columns) {
      rows.push({ kind: "cells", label: first ? "" : purpose, frames: frames.slice(first, first + columns) });
    }
  }
}
