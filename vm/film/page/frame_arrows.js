// Arrows from the frames that were copied at a moment to their copies.

/** From so many copies on, neighbours that were copied to neighbours have one arrow. */
const MANY_COPIES = 9;
/** How many arrows are drawn at most; of more the sentence and the story tell. */
const MOST_ARROWS = 200;
const SVG = "http://www.w3.org/2000/svg";

/** Makes an element of a drawing. */
function makeDrawn(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** The drawing that lies over the cells, and moves with them. */
class CopyArrows {
  constructor() {
    const tip = makeDrawn("path", { d: "M0,0 L7,3.5 L0,7 z" });
    const attributes = { id: "copy-arrow", viewBox: "0 0 7 7", refX: 6, refY: 3.5, orient: "auto" };
    const marker = makeDrawn("marker", { ...attributes, markerWidth: 8, markerHeight: 8,
      markerUnits: "userSpaceOnUse" }, tip);
    this.lines = makeDrawn("g", {});
    this.element = makeDrawn("svg", { class: "copy-arrows", "aria-hidden": "true" },
      makeDrawn("defs", {}, marker), this.lines);
  }

  /** Draws the copies of a moment, those of one frame alone where one that was copied is chosen. */
  draw(layout, changes, selected) {
    const copies = [...changes].filter(([, { from }]) => from >= 0)
      .map(([frame, { from }]) => ({ from, to: frame, count: 1 }));
    const chosen = copies.filter(({ from, to }) => to === selected || from === selected);
    const drawn = chosen.length ? chosen : bundled(copies);
    this.element.setAttribute("width", layout.left(layout.columns));
    this.element.setAttribute("height", layout.height);
    this.lines.replaceChildren(...drawn.slice(0, MOST_ARROWS).flatMap((copy) => this._arrow(layout, copy)));
  }

  /** The elements of one arrow, from the middle of those that were copied to the middle of the copies. */
  _arrow(layout, { from, to, count }) {
    const half = count >> 1;
    const [start, end] = [layout.middle(from + half), layout.middle(to + half)];
    if (!start || !end) {
      return [];
    }
    const { d, middle } = curve(start, end, layout.size);
    const data = { "data-from": from, "data-to": to, "data-count": count };
    const parts = [makeDrawn("path", { d, class: "halo" }),
      makeDrawn("path", { d, class: "line", "marker-end": "url(#copy-arrow)", ...data })];
    if (count > 1) {
      parts.push(makeDrawn("text", { x: middle.x, y: middle.y }, `${grouped(count)}\u00d7`));
    }
    return parts;
  }
}

/** Copies of which neighbours are one where there are many: [{from, to, count}]. */
function bundled(copies) {
  if (copies.length < MANY_COPIES) {
    return copies;
  }
  const found = [];
  for (const { from, to } of copies) {
    const last = found.at(-1);
    if (last && last.from + last.count === from && last.to + last.count === to) {
      last.count += 1;
    } else {
      found.push({ from, to, count: 1 });
    }
  }
  return found;
}

/** A bent line between the borders of two cells, given by their middles, and where its middle is. */
function curve(start, end, size) {
  const { width, height } = size;
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = Math.hypot(dx, dy) || 1;
  if (Math.abs(dx) < width / 2 && Math.abs(dy) < 1.5 * height) {
    // One above the other: beside the letters of both, and long enough to be seen.
    const [x, half] = [start.x + width * 0.36, Math.sign(dy) * height * 0.2];
    return pathOf({ x, y: start.y + half }, { x, y: (start.y + end.y) / 2 }, { x, y: end.y - half });
  }
  const bend = Math.min(26, length / 5);
  const middle = { x: start.x + dx / 2 + (dy / length) * bend, y: start.y + dy / 2 - (dx / length) * bend };
  if (Math.abs(dy) < height) {
    middle.y = start.y + height * 1.5; // below the cells between two of a row
  }
  const inside = length < 1.7 * Math.max(width, height) ? -height / 5 : 0;
  return pathOf(onBorder(start, middle, size, inside), middle, onBorder(end, middle, size, inside + 2));
}

/** The path of a line that is bent towards a point, and the point in its middle. */
function pathOf(from, bend, to) {
  const text = ({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`;
  const middle = { x: (from.x + 2 * bend.x + to.x) / 4, y: (from.y + 2 * bend.y + to.y) / 4 };
  return { d: `M${text(from)} Q${text(bend)} ${text(to)}`, middle };
}

/** Where the line from a cell's middle towards a point leaves the cell, and so many pixels more. */
function onBorder(middle, point, { width, height }, more) {
  const [dx, dy] = [point.x - middle.x, point.y - middle.y];
  const length = Math.hypot(dx, dy) || 1;
  const part = Math.min(width / 2 / (Math.abs(dx) || 1e-9), height / 2 / (Math.abs(dy) || 1e-9));
  const inside = Math.min(1, part + more / length);
  return { x: middle.x + dx * inside, y: middle.y + dy * inside };
}
