// The source text around the line at which a thread stands.

/** Lines of a file that are shown before and behind the present one; all of most files. */
const MOST_LINES = 3000;
/** Characters of a line that are shown. */
const LONGEST_LINE = 400;

/** A file's lines with an arrow at the present one. */
class SourceBox {
  constructor() {
    this.element = make("div", { class: "source-box" });
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "region");
    this.element.setAttribute("aria-label", "the source");
    this.lines = null;
    this.current = null;
  }

  /** Shows `lines` (or null where the source is not kept) with the arrow at line number `line`. */
  show(lines, line) {
    this.element.hidden = !lines;
    if (!lines) {
      this.lines = null;
      return;
    }
    const first = Math.max(0, line - 1 - MOST_LINES);
    if (lines !== this.lines || first !== this.first) {
      this.lines = lines;
      this.first = first;
      this.fill();
    }
    this.mark(line);
  }

  /** Makes the elements of all lines. */
  fill() {
    const end = Math.min(this.lines.length, this.first + 2 * MOST_LINES + 1);
    const rows = this.lines.slice(this.first, end).map((text, at) => this.row(text, this.first + at + 1));
    const left = (count, where) => count > 0
      ? [make("div", { class: "source-rest" }, `… ${counted(count, "line")} ${where} not shown`)] : [];
    this.rows = rows;
    this.current = null;
    this.element.replaceChildren(
      ...left(this.first, "above"), ...rows, ...left(this.lines.length - end, "below"));
  }

  /** The element of one line: a place for the arrow, the number, the text. */
  row(text, number) {
    return make("div", { class: "source-line" },
      make("span", { class: "source-arrow" }, " "),
      make("span", { class: "source-number" }, String(number)),
      make("span", { class: "source-text" }, visibleText(shortText(text, LONGEST_LINE), "\t")));
  }

  /** Moves the arrow to a line. */
  mark(line) {
    if (this.current) {
      this.current.classList.remove("present");
      this.current.firstChild.textContent = " ";
    }
    this.current = this.rows[line - 1 - this.first] || null;
    if (this.current) {
      this.current.classList.add("present");
      this.current.firstChild.textContent = "→";
    }
  }

  /** Scrolls, within the box alone, so that the present line stands in the middle. */
  reveal() {
    if (this.lines && this.current) {
      const { offsetTop, offsetHeight } = this.current;
      this.element.scrollTop = offsetTop - (this.element.clientHeight - offsetHeight) / 2;
    }
  }
}

/** What is said where no line of the source can be shown; `isKept`: whether anything of the place was. */
function sourceWords(place, lines, isKept) {
  if (lines) {
    return "";
  }
  if (place.file) {
    return "The text of this source was not kept.";
  }
  if (place.function || place.inner) {
    return "No lines of a source are known for this function.";
  }
  return isKept
    ? "Where the thread stands in a source is not known."
    : "Where the thread stands was not kept at this moment.";
}
