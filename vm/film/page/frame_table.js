// Frames as a table, for those who read rather than look: neighbours of which the same is true are one row.

/** How many rows are shown before a button asks for more. */
const TABLE_ROWS = 200;

/** The rows of the table: {first, last, text} with what is true of all frames from first to last. */
function tableRows(now, before, changes) {
  const frames = new Set([...now.cells.keys(), ...changes.keys()]);
  const rows = [];
  for (const frame of [...frames].sort((one, other) => one - other)) {
    const cells = tableCells(now, before, frame, changes.get(frame));
    const key = cells.join("|");
    const last = rows.at(-1);
    if (last && last.last === frame - 1 && last.key === key) {
      last.last = frame;
    } else {
      rows.push({ first: frame, last: frame, cells, key });
    }
  }
  return rows;
}

/** What the table says of one frame: its use, whose it is, and what became of it at this moment. */
function tableCells(now, before, frame, change) {
  const cell = now.cells.get(frame);
  const source = change && change.from >= 0 ? `, a copy of frame ${change.from}` : "";
  const said = change ? CHANGES[change.change].said + source : "";
  if (!cell) {
    return ["free", "", said];
  }
  const purpose = now.purpose(cell);
  const use = FRAME_NOUNS[cell.kind][0] + (purpose === cell.kind ? "" : `: ${purpose}`);
  return [use, listed(cell.owners.map((owner) => owner.letter)), said];
}

/** The table of a moment, made when it is asked for. */
class FrameTable {
  constructor() {
    this.body = make("tbody");
    this.more = make("button", { type: "button", hidden: true, click: () => this._show(this.rows.length) });
    const heads = ["Frames", "Use", "Of", "At this moment"].map((text) => make("th", { scope: "col" }, text));
    this.caption = make("caption");
    this.element = make("div", { class: "frame-table", hidden: true },
      make("table", {}, this.caption, make("thead", {}, make("tr", {}, ...heads)), this.body), this.more);
  }

  /** Shows the frames of a moment. */
  draw({ now, before, changes }, sentence) {
    this.rows = tableRows(now, before, changes);
    setText(this.caption, sentence);
    this._show(TABLE_ROWS);
  }

  /** Shows the first rows, and a button for the others. */
  _show(most) {
    this.body.replaceChildren(...this.rows.slice(0, most).map(({ first, last, cells }) => {
      const frames = first === last ? grouped(first) : `${grouped(first)}\u2013${grouped(last)}`;
      const others = cells.map((text) => make("td", {}, text));
      return make("tr", {}, make("th", { scope: "row" }, frames), ...others);
    }));
    this.more.hidden = this.rows.length <= most;
    setText(this.more, `${counted(this.rows.length - most, "more row")}`);
  }
}
