// The segments of an address space, each with its pages as a strip of cells.

/** Segments that are shown at once. */
const MOST_SEGMENTS = 60;

/** What a cell can show: its class, a sample's text, and its meaning. */
const LEGEND = [
  ["absent", "", "no frame"],
  ["", "", "its own frame"],
  ["shared", "B", "shared with B"],
  ["writable", "", "writable now"],
  ["dirty", "", "written"],
  ["changed", "", "changed now"],
  ["chosen", "", "chosen"],
];

/** The list of segments with their pages; a page is chosen by a click or by ↑ and ↓. */
class SegmentList {
  /** `choose(address)` is called with the page that was chosen. */
  constructor(choose) {
    this.choose = choose;
    this.open = new Set();
    this.list = make("div", { class: "segments" });
    this.list.tabIndex = 0;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "pages of the process: up and down choose one");
    this.element = make("div", {}, this.list, this.legend());
    this.list.addEventListener("click", (event) => this.clicked(event.target));
    this.list.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** The meaning of the cells. */
  legend() {
    const line = make("p", { class: "cell-legend" });
    for (const [kind, text, meaning] of LEGEND) {
      const cell = make("span", { class: `cell ${kind}` }, text);
      cell.setAttribute("aria-hidden", "true");
      line.append(make("span", { class: "cell-sample" }, cell, " " + meaning), " ");
    }
    const rule = "shared, without the bar, in rw-: copied at the first write";
    line.append(make("span", { class: "cell-sample" }, rule));
    return line;
  }

  /** Shows the segments of a space: {film, moment, space, segments, pages, chosen}. */
  show(shown) {
    this.shown = shown;
    const { segments, pages } = shown;
    const rows = [];
    let at = 0;
    for (const segment of segments.slice(0, MOST_SEGMENTS)) {
      while (at < pages.length && pages[at].address < segment.start) {
        at += 1;
      }
      const first = at;
      while (at < pages.length && pages[at].address < segment.end) {
        at += 1;
      }
      rows.push(this.row(segment, pages.slice(first, at)));
    }
    if (segments.length > MOST_SEGMENTS) {
      rows.push(this.rest(segments.slice(MOST_SEGMENTS), pages));
    }
    this.list.replaceChildren(...rows);
    this.point();
  }

  /** What is said of the segments that are not shown. */
  rest(segments, pages) {
    const start = segments[0].start;
    const present = pages.filter((each) => each.address >= start).length;
    return make("div", { class: "segment-rest" },
      `… ${counted(segments.length, "more segment")} from ${hexWord(start)}, ` +
      `${counted(present, "page")} of them with a frame`);
  }

  /** The row of one segment. */
  row(segment, pages) {
    const count = Math.ceil((segment.end - segment.start) / PAGE_SIZE);
    const row = make("div", { class: "segment" },
      guestText(segment.name, "segment-name"),
      make("span", { class: "segment-range" }, `${hexWord(segment.start)}–${hexWord(segment.end)}`),
      make("span", { class: "segment-protection" }, segment.protection + (segment.shared ? "s" : "")),
      make("div", { class: "segment-strip" }, ...this.cells(segment, pages)),
      make("div", { class: "segment-file" }, this.file(segment)));
    row.title = `${visibleText(segment.name)}${segment.shared ? ", a shared mapping" : ""}: ` +
      `${counted(count, "page")}, ${grouped(pages.length)} with a frame`;
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", row.title);
    row.dataset.start = String(segment.start);
    return row;
  }

  /** The last name of a segment's file; its whole path, and where in it the segment begins, on demand. */
  file(segment) {
    if (!segment.path) {
      return "";
    }
    const name = guestText(shortText(segment.path.replace(/^.*\/(?=.)/s, ""), 200));
    name.title = `${visibleText(shortText(segment.path, 4096))}, from byte ${grouped(segment.offset)} on`;
    return name;
  }

  /** The cells, folds and cuts of a segment. */
  cells(segment, pages) {
    const { chosen } = this.shown;
    const isOpen = this.open.has(segment.start);
    const items = runsOf(segment, pages, chosen).flatMap((run) => itemsOf(run, isOpen));
    return cutItems(items, segment.name === "stack", chosen).map((item) => this.item(item, segment));
  }

  /** The element of one item of a strip. */
  item(item, segment) {
    if (item.cut) {
      return make("span", { class: "cell-fold" }, cutWords(item));
    }
    if (item.count && item.page) {
      const words = [`… ${grouped(item.count)} more`, kindWords(item.page)].filter(Boolean).join(": ");
      const fold = make("span", { class: "cell-fold open" }, words);
      fold.title = "Show these pages";
      return fold;
    }
    if (item.count) {
      return make("span", { class: "cell-fold" }, `… ${counted(item.count, "page")} without a frame`);
    }
    return item.page ? this.present(item.page, segment) : this.absent(item.address);
  }

  /** The cell of a page without a frame. */
  absent(address) {
    const isChosen = address === this.shown.chosen;
    const cell = make("span", { class: isChosen ? "cell absent chosen" : "cell absent" });
    return this.named(cell, address, "no frame");
  }

  /** The cell of a page with a frame. */
  present(page, segment) {
    const { film, moment, space, chosen } = this.shown;
    const letters = page.isShared ? sharersOf(film, page.frame, space, moment) : [];
    const kinds = ["cell", page.isShared ? "shared" : "", page.isWritable ? "writable" : "",
      page.isDirty ? "dirty" : "", page.change ? "changed" : "", page.address === chosen ? "chosen" : ""];
    const text = page.isShared ? sharersText(letters) : "";
    const cell = make("span", { class: kinds.filter(Boolean).join(" ") }, text);
    return this.named(cell, page.address, `frame ${page.frame}, ${pageWords(page, segment, letters)}`);
  }

  /** A cell with its address and its words. */
  named(cell, address, words) {
    cell.title = `${hexWord(address)}: ${words}`;
    cell.id = `page-${hexWord(address)}`;
    cell.dataset.address = String(address);
    cell.setAttribute("role", "option");
    cell.setAttribute("aria-label", cell.title);
    cell.setAttribute("aria-selected", String(address === this.shown.chosen));
    return cell;
  }

  /** Scrolls to the chosen page if it is being looked for by keys. */
  reveal() {
    const chosen = this.list.querySelector(".chosen");
    if (chosen && document.activeElement === this.list) {
      chosen.scrollIntoView({ block: "nearest" });
    }
  }

  /** Tells assistive technology which page is chosen. */
  point() {
    const chosen = this.list.querySelector(".chosen");
    if (chosen) {
      this.list.setAttribute("aria-activedescendant", chosen.id);
    } else {
      this.list.removeAttribute("aria-activedescendant");
    }
  }

  /** Chooses the page, or opens the fold, that was clicked. */
  clicked(target) {
    const cell = target.closest("[data-address]");
    if (cell) {
      this.choose(Number(cell.dataset.address));
    } else if (target.closest(".open")) {
      this.open.add(Number(target.closest(".segment").dataset.start));
      this.show(this.shown);
    }
  }

  /** Chooses the page with a frame before or behind the chosen one by ↑ and ↓. */
  pressed(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const { pages, chosen } = this.shown;
    const next = step > 0
      ? pages.find((each) => each.address > chosen)
      : pages.findLast((each) => each.address < chosen);
    if (next) {
      this.choose(next.address);
    }
  }
}
