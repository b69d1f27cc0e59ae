// What lives do to each other: the forms of arrows from lane to lane, and what they mean in words.

/** How each kind is drawn, those that matter most first; `head`: "full", "open" or "ring". */
const ARROW_FORMS = {
  fork: { gaps: [], wide: 2, head: "full", word: "fork" },
  vfork: { gaps: [], wide: 2, head: "full", isDouble: true, word: "vfork" },
  clone: { gaps: [], wide: 2, head: "full", word: "clone" },
  exec: { mark: true, word: "exec" },
  signal: { gaps: [4, 3], wide: 1.5, head: "full" },
  pipe: { gaps: [], wide: 1.25, head: "open", word: "pipe" },
  wait: { gaps: [1.5, 3], wide: 1.5, head: "ring", word: "wait" },
  resume: { gaps: [1.5, 3], wide: 1.5, head: "open", word: "resume" },
  wake: { gaps: [1.5, 3], wide: 1.25, head: "open" },
};
/** Returns what an arrow says beside it. */
function arrowWord({ kind, text }) {
  const { word } = ARROW_FORMS[kind];
  if (kind === "exec") {
    return `exec ${visibleText(text.split("/").pop())}`;
  }
  return kind === "clone" ? text || word : (word ?? visibleText(text));
}

/** Returns what an arrow means, in a sentence. */
function arrowSentence({ kind, from, to, text }) {
  const [source, target] = [ownerOf(from).label, ownerOf(to).label];
  const what = visibleText(text);
  const more = text && text !== kind ? ` (${what})` : "";
  const sentences = {
    exec: `${target} executes ${what}`,
    signal: `${source} sends ${what} to ${target}`,
    pipe: `${source} writes to a pipe and wakes ${target}`,
    wait: `${target} collects ${source}${more}`,
    resume: `${target} goes on: ${source} has let go of its memory${more}`,
    wake: `${source} wakes ${target}${more}`,
  };
  return sentences[kind] ?? `${kind}: ${source} makes ${target}${more}`;
}

/** Draws an arrow at x from the height of its giver to that of its taker. */
function drawArrow(context, arrow, x, start, end) {
  const form = ARROW_FORMS[arrow.kind];
  const unit = rem() / 14;
  context.strokeStyle = context.fillStyle = colour("--ink");
  if (form.mark) {
    diamond(context, x, end, 6 * unit);
    return;
  }
  const down = Math.sign(end - start) || 1;
  const point = end - down * 7 * unit;
  context.lineWidth = form.wide;
  context.setLineDash(form.gaps);
  for (const beside of form.isDouble ? [-2, 2] : [0]) {
    context.beginPath();
    context.moveTo(x + beside, start);
    context.lineTo(x + beside, point - (form.head === "full" ? down * 6 * unit : 0));
    context.stroke();
  }
  context.setLineDash([]);
  arrowHead(context, form.head, x, point, down, unit);
}

/** Draws the head of an arrow whose tip is at (x, y) and which points down (1) or up (-1). */
function arrowHead(context, form, x, y, down, unit) {
  context.lineWidth = 1.5;
  context.beginPath();
  if (form === "ring") {
    context.arc(x, y - down * 3 * unit, 3 * unit, 0, 7);
    context.fillStyle = colour("--panel");
    context.fill();
    context.stroke();
    return;
  }
  context.moveTo(x - 5 * unit, y - down * 8 * unit);
  context.lineTo(x, y);
  context.lineTo(x + 5 * unit, y - down * 8 * unit);
  if (form === "full") {
    context.fill();
  } else {
    context.stroke();
  }
}

/** Draws the mark of an exec: a diamond with a border of the panel's colour. */
function diamond(context, x, y, size) {
  context.beginPath();
  context.moveTo(x, y - size - 1);
  context.lineTo(x + size, y);
  context.lineTo(x, y + size + 1);
  context.lineTo(x - size, y);
  context.closePath();
  context.lineWidth = 3;
  context.strokeStyle = colour("--panel");
  context.stroke();
  context.fill();
}
