// What the processes have written so far: by whom, where to, and what is new.

/** Characters that are shown at once; the end is what counts. */
const MOST_OUTPUT = 6000;
/** The short name of each stream. */
const STREAM_NAMES = { output: "out", errors: "err", terminal: "tty" };

/** The last characters of the output as parts of their own, and how many characters stand before them. */
function lastParts(parts, most) {
  const kept = [];
  let room = most;
  let at = parts.length;
  while (at > 0 && room > 0) {
    at -= 1;
    const { text } = parts[at];
    kept.push(text.length > room ? { ...parts[at], text: text.slice(-room) } : parts[at]);
    room -= text.length;
  }
  const before = parts.slice(0, at).reduce((sum, each) => sum + each.text.length, Math.max(0, -room));
  return { kept: kept.reverse(), before };
}

/** Parts cut at the ends of lines: a list of lines, each a list of parts. */
function linesOf(parts) {
  const lines = [];
  let isOpen = false;
  for (const part of parts) {
    for (const text of part.text.split(/(?<=\n)/).filter(Boolean)) {
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
    const { kept, before } = lastParts(parts, this.most);
    const rows = linesOf(kept).map((line) => this.line(line, moment));
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
  line(parts, moment) {
    const row = make("div", { class: "output-line" });
    let writer = "";
    for (const part of parts) {
      const name = `${part.life < 0 ? "–" : ownerOf(part.life).letter} ${STREAM_NAMES[part.stream] || part.stream}`;
      if (name !== writer) {
        row.append(make("span", { class: `output-writer ${part.stream}` }, name));
        writer = name;
      }
      row.append(this.part(part, part.moment === moment));
    }
    row.classList.toggle("fresh", parts.some((each) => each.moment === moment));
    return row;
  }

  /** The text of one part of a line. */
  part(part, isNew) {
    const text = make("bdi", {}, ...escapedNodes(part.text.replace(/\n$/, ""), "\t"));
    return make(isNew ? "mark" : "span", { class: `output-text ${part.stream}` }, text);
  }
}
