// What the processes have written so far: by whom, where to, and what is new.

/** Characters that are shown at once; the end is what counts. */
const MOST_OUTPUT = 6000;
/** The short name of each stream. */
const STREAM_NAMES = { output: "out", errors: "err", terminal: "tty" };

/** How many characters the parts have. */
function lengthOf(parts) {
  return parts.reduce((sum, each) => sum + each.text.length, 0);
}

/** The end of the output in parts {life, stream, isNew, texts}, as few as there are changes of those. */
function lastParts(parts, moment, most) {
  const kept = [];
  let room = most;
  for (let at = parts.length - 1; at >= 0 && room > 0; at--) {
    const { life, stream, text } = parts[at];
    const isNew = parts[at].moment === moment;
    let last = kept[kept.length - 1];
    if (!last || last.life !== life || last.stream !== stream || last.isNew !== isNew) {
      last = { life, stream, isNew, texts: [] };
      kept.push(last);
    }
    last.texts.push(text.slice(-room));
    room -= text.length;
  }
  return kept.reverse();
}

/** Parts cut at the ends of lines: a list of lines, each a list of parts. */
function linesOf(parts) {
  const lines = [];
  let isOpen = false;
  for (const part of parts) {
    for (const text of part.texts.reverse().join("").split(/(?<=\n)/).filter(Boolean)) {
      if (!isOpen) {
        lines.push([]);
      }
      lines[lines.length - 1].push({ ...part, text });
      isOpen = !text.endsWith("\n");
    }
  }
  return lines;
}

/** The output so far in lines: who wrote and where to in front, what is new marked. */
class OutputBox {
  constructor() {
    this.element = make("div", { class: "output-box" });
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "log");
    this.element.setAttribute("aria-label", "the output so far");
    this.element.setAttribute("aria-live", "off");
    this.most = MOST_OUTPUT;
  }

  /** Shows the parts of the output up to a moment. */
  show(parts, moment) {
    const rows = linesOf(lastParts(parts, moment, this.most)).map((line) => this.line(line));
    const before = Math.max(0, lengthOf(parts) - this.most);
    if (before > 0) {
      rows.unshift(linkButton("output-rest", `… ${counted(before, "character")} before: show all`, () => {
        this.most = Infinity;
        this.show(parts, moment);
        this.reveal();
      }));
    }
    if (!parts.length) {
      rows.push(make("p", { class: "not-kept" }, "Nothing was written yet."));
    }
    this.element.replaceChildren(...rows);
  }

  /** Scrolls, within the box alone, to the end. */
  reveal() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** One line of output; a writer that differs from the one before is told within the line. */
  line(parts) {
    const row = make("div", { class: "output-line" });
    let writer = "";
    for (const part of parts) {
      const name = `${ownerOf(part.life).letter} ${STREAM_NAMES[part.stream]}`;
      if (name !== writer) {
        row.append(make("span", { class: `output-writer ${part.stream}` }, name));
        writer = name;
      }
      row.append(this.part(part));
    }
    return row;
  }

  /** The text of one part of a line. */
  part(part) {
    const text = make("bdi", {}, ...escapedNodes(part.text.replace(/\n$/, ""), "\t"));
    return make(part.isNew ? "mark" : "span", { class: `output-text ${part.stream}` }, text);
  }
}
