// The view of physical memory: figures, a cell for each frame, and the story of the frame that is chosen.

/** Below this height and width of the place for cells, in pixels, it is as if they were so large. */
const LEAST_STAGE = { width: 240, height: 140 };
/** A place narrower than this has little room for what stands before a row. */
const NARROW_STAGE = 500;

/** What stands in the place of a story where there is room for one. */
const HINT = "Click a frame, or go to it and press Enter: its story stands here.";

const memoryView = {
  name: "memory",
  title: "Physical memory",
  grouping: "number",
  /** Index of the size of cells that was chosen, or -1: the largest of which all fit. */
  chosenSize: -1,
  moments: new Map(),

  /** Makes the elements of the view. */
  init(film, app) {
    this.film = film;
    this.everUsed = film.everUsed;
    const choose = (frame) => app.show({ frame: frame === app.state.frame ? -1 : frame });
    this.sentence = make("p", { class: "memory-sentence", id: "memory-sentence" });
    this.figures = make("p", { class: "memory-figures" });
    this.owners = make("ul", { class: "memory-owners", "aria-label": "Frames of each owner" });
    this.scroller = make("div", { class: "frame-scroller" });
    this.cells = new FrameCells(this.scroller, choose);
    this.map = new FrameMap(this.scroller, choose);
    this.arrows = new CopyArrows();
    this.story = new FrameStory(() => this.closeStory(app));
    this.table = new FrameTable();
    const hint = make("p", { class: "story-hint" }, HINT);
    const parts = [this.scroller, this.table.element, this.story.element, hint];
    this.stage = make("div", { class: "memory-stage" }, ...parts);
    this.element.classList.add("memory");
    this.element.append(this.sentence, this.figures, this.owners, this.stage, memoryLegend());
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.scroller.addEventListener("keydown", (event) => this.press(event, choose));
    this.makeTools(app);
  },

  /** Makes the buttons beside the title: the grouping, the size of cells, the table. */
  makeTools(app) {
    const button = (text, title, click) => make("button", { type: "button", title, click }, text);
    const group = (name) => () => {
      this.grouping = name;
      app.redraw();
    };
    this.byNumber = button("by number", "Cells in the order of frame numbers", group("number"));
    this.byOwner = button("by owner", "Cells by who uses them", group("owner"));
    this.smaller = button("\u2212", "Smaller cells", () => this.resize(app, 1));
    this.fitting = button("fit", "Cells as large as all of them fit", () => this.resize(app, 0));
    this.larger = button("+", "Larger cells", () => this.resize(app, -1));
    this.asTable = button("table", "The same as a table", () => {
      this.table.element.hidden = !this.table.element.hidden;
      app.redraw();
    });
    const buttons = (label, ...all) =>
      make("span", { class: "group", role: "group", "aria-label": label }, ...all);
    this.tools.append(
      buttons("Order of cells", this.byNumber, this.byOwner),
      buttons("Size of cells", this.smaller, this.fitting, this.larger),
      this.asTable,
    );
  },

  /** Chooses cells of the next size in a direction, or those that fit. */
  resize(app, direction) {
    const size = CELL_SIZES.findIndex(({ width }) => width === this.layout.size.width);
    this.chosenSize = direction ? within(size + direction, 0, CELL_SIZES.length - 1) : -1;
    app.redraw();
  },

  /** Draws the moment. */
  draw(film, state) {
    this.update(film, state.moment);
    const isTable = !this.table.element.hidden;
    this.drawTools(isTable);
    this.markOwner(state.life);
    this.scroller.hidden = isTable;
    if (isTable) {
      this.table.draw(this.shown, this.sentence.textContent);
    } else {
      this.drawFrames(state);
    }
    this.story.draw(film, this.shown.now, state.frame);
    if (!isTable) {
      this.showChosen(state.frame);
    }
  },

  /** Finds out what is true at a moment, unless it is known, and says it in words and figures. */
  update(film, moment) {
    if (this.shown && this.shown.now.moment === moment) {
      return;
    }
    const now = this.at(moment);
    const before = moment > 0 ? this.at(moment - 1) : null;
    const changes = before ? framesChanged(before, now) : new Map();
    this.shown = { now, before, changes, isNew: true };
    setText(this.sentence, framesSentence(film, now, changes));
    this.figures.replaceChildren(...figureItems(now));
    this.owners.replaceChildren(...figuresOfOwners(now).map(ownerItem));
  },

  /** The frames of a moment; those of the last few moments are kept. */
  at(moment) {
    let found = this.moments.get(moment);
    if (!found) {
      found = new FramesAt(this.film, moment);
      this.moments.set(moment, found);
      if (this.moments.size > 4) {
        this.moments.delete(this.moments.keys().next().value);
      }
    }
    return found;
  },

  /** Marks the figures of the process that is chosen, and brings them in sight among many. */
  markOwner(life) {
    const { letter } = ownerOf(life);
    for (const item of this.owners.children) {
      const isChosen = item.dataset.letter === letter;
      if (isChosen !== item.hasAttribute("aria-current")) {
        item.toggleAttribute("aria-current", isChosen);
        if (isChosen) {
          this.owners.scrollTop = item.offsetTop - this.owners.offsetTop;
        }
      }
    }
  },

  /** Marks the buttons that are pressed. */
  drawTools(isTable) {
    const press = (button, isPressed) => button.setAttribute("aria-pressed", String(isPressed));
    press(this.byNumber, this.grouping === "number");
    press(this.byOwner, this.grouping === "owner");
    press(this.fitting, this.chosenSize < 0);
    press(this.asTable, isTable);
  },

  /** Draws the cells, or the map of them, and the arrows. */
  drawFrames(state) {
    this.layout = this.layoutNow();
    const { isMap } = this.layout.size;
    const painter = isMap ? this.map : this.cells;
    if (this.painter !== painter) {
      this.painter = painter;
      this.scroller.replaceChildren(painter.element);
    }
    const view = { ...this.shown, layout: this.layout, selected: state.frame };
    painter.draw(view);
    painter.element.append(this.arrows.element);
    painter.element.setAttribute("aria-label", `Frames. ${this.sentence.textContent}`);
    this.arrows.draw(this.layout, this.shown.changes, state.frame);
    if (this.shown.isNew) {
      this.shown.isNew = false;
      this.showChange();
    }
  },

  /** Brings the frame in sight that has just been chosen. */
  showChosen(frame) {
    if (this.chosen !== frame) {
      this.chosen = frame;
      scrollToFrame(this.scroller, this.layout, frame);
    }
  },

  /** Where the frames stand, as the place for them is. */
  layoutNow() {
    const width = Math.max(LEAST_STAGE.width, this.scroller.clientWidth);
    // What stands above and below the cells may grow or shrink by a line: that is no reason for others cells.
    const key = `${width} ${this.element.clientHeight} ${this.chosenSize}`;
    if (this.fitted?.key !== key) {
      this.fitted = { key, layout: this.fit(width, Math.max(LEAST_STAGE.height, this.stage.clientHeight)) };
    }
    const { layout } = this.fitted;
    if (this.grouping === "number") {
      return layout;
    }
    const { now, changes } = this.shown;
    const freed = [...changes.keys()].filter((frame) => changes.get(frame).change === "freed");
    return new FrameLayout(layout.size, layout.columns, rowsByOwner(now, freed, layout.columns));
  },

  /** The layout by number in cells of the size that was chosen, or the largest that fit. */
  fit(width, height) {
    const label = width < NARROW_STAGE ? 42 : 56;
    const sizes = this.chosenSize < 0 ? CELL_SIZES : [CELL_SIZES[this.chosenSize]];
    let layout = null;
    for (const one of sizes) {
      const size = { ...one, label };
      const columns = columnsFor(size, width);
      layout = new FrameLayout(size, columns, rowsByNumber(this.everUsed, this.film.frames, columns));
      if (layout.height <= height) {
        break;
      }
    }
    return layout;
  },

  /** Brings a frame that changed in sight if none is. */
  showChange() {
    const { scrollTop, clientHeight } = this.scroller;
    const frames = [...this.shown.changes.keys()].filter((frame) => this.layout.place(frame));
    const isInSight = (frame) => {
      const { y } = this.layout.middle(frame);
      return y > scrollTop && y < scrollTop + clientHeight;
    };
    if (frames.length && !frames.some(isInSight)) {
      scrollToFrame(this.scroller, this.layout, frames[0]);
    }
  },

  /** Draws what came in sight. */
  scrolled() {
    if (!this.isScrolling) {
      this.isScrolling = true;
      requestAnimationFrame(() => {
        this.isScrolling = false;
        this.painter.drawSight();
      });
    }
  },

  /** Moves among the cells by keys, and chooses one by Enter. */
  press(event, choose) {
    const { painter, layout } = this;
    if (event.ctrlKey || event.altKey || event.metaKey || !painter.element.contains(document.activeElement)) {
      return;
    }
    const at = painter === this.map ? this.map.focused : Number(document.activeElement.dataset.frame ?? -1);
    if (event.key === "Enter" || event.key === " ") {
      choose(at);
    } else {
      const frame = event.shiftKey ? -1 : frameByKey(layout, at, event.key);
      if (frame < 0) {
        return;
      }
      painter.focus(frame);
    }
    event.preventDefault();
  },

  /** Closes the story; the keyboard goes back to the frame that it was of. */
  closeStory(app) {
    const { frame } = app.state;
    const hadFocus = this.story.element.contains(document.activeElement);
    app.show({ frame: -1 });
    if (hadFocus && this.painter && this.layout.place(frame)) {
      this.painter.focus(frame);
    }
  },
};

/** How many frames are in use for what. */
function figureItems(now) {
  const counts = { page: 0, table: 0, root: 0, shared: 0, machine: 0 };
  for (const { kind } of now.cells.values()) {
    counts[kind] += 1;
  }
  const { page, shared, machine } = counts;
  const table = counts.table + counts.root;
  const item = (kind, number, noun) =>
    make("span", { class: `figure is-${kind}` }, make("b", {}, grouped(number)), ` ${noun}`);
  return [
    item("used", now.cells.size, `of ${counted(now.film.frames, "frame")} in use`),
    item("page", page, page === 1 ? "page" : "pages"),
    item("table", table, table === 1 ? "page table" : "page tables"),
    ...(shared ? [item("shared", shared, "shared memory")] : []),
    ...(machine ? [item("machine", machine, "machine")] : []),
    item("free", now.film.frames - now.cells.size, "free"),
  ];
}

/** How many frames one owner has. */
function ownerItem({ owner, alone, shared, tables }) {
  const guests = [...new Set(owner.others)].slice(0, 4);
  const rest = shared ? `, ${grouped(shared)} shared with others` : "";
  const text = guests.length
    ? ` ${counted(alone, "frame")} for ${guests.length > 1 ? "all of them" : "both"}${rest}`
    : ` ${grouped(alone)} alone, ${grouped(shared)} shared`;
  const title = `${owner.label}: ${counted(alone, "frame")} of its own, ${grouped(shared)} shared; `
    + `${counted(tables, "page table")} among them`;
  const inside = guests.length ? [" with ", ...guests.map((life) => badge(life)), " in it:"] : [];
  const who = owner.life < 0 ? "?" : badge(owner.life);
  return make("li", { title, "data-letter": owner.letter }, who, ...inside, text);
}

/** What cells and their signs mean. */
function memoryLegend() {
  const sample = (classes, letters, extra = {}) => {
    const parts = Object.entries(extra).map(([name, text]) => make("span", { class: name }, text));
    const own = make("span", { class: "letters" }, letters);
    return make("span", { class: `frame-cell ${classes}` }, own, ...parts);
  };
  const split = sample("is-page is-split", "AB");
  split.style.background = stripes([0, 1]);
  const own = sample("is-page", "A");
  const table = sample("is-table", "A", { tag: "T" });
  for (const element of [own, table]) {
    element.style.background = stripes([0]);
  }
  const items = [
    [own, "alone"], [split, "shared"], [table, "table"],
    [sample("is-machine", "\u2022"), "machine"], [sample("is-free", ""), "free"],
    [sample("is-free is-changed was-taken", "", { sign: "+" }), "taken"],
    [sample("is-free is-changed was-freed", "A", { sign: "\u2212" }), "freed"],
    [sample("is-free is-changed was-shared", "", { sign: "=" }), "shared now"],
    [sample("is-free is-changed was-split", "", { sign: "\u2260" }), "split"],
  ];
  const legend = make("ul", { class: "memory-legend", "aria-hidden": "true" },
    ...items.map(([element, text]) => make("li", {}, element, text)));
  sizeCells(legend, CELL_SIZES.findLast(({ isMap }) => !isMap));
  return legend;
}

views.push(memoryView);
