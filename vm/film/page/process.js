// The view of one process: who it is, its memory, a page of it, registers, source, call and output.

/** A part of the view that can be closed: its heading is the summary; `opened` is called when it opens. */
function viewPart(name, opened, ...children) {
  const heading = make("summary", { class: "part-heading" });
  const attributes = { class: `process-part part-${name}`, open: true, toggle: opened };
  return { part: make("details", attributes, heading, ...children), heading };
}

/** The page that is shown while none was chosen: the stack pointer's, else the first that was written. */
function defaultPage(pages, registers) {
  if (registers) {
    return pageOf(registers[STACK_POINTER]);
  }
  const page = pages.find((each) => each.isDirty) || pages[0];
  return page ? page.address : -1;
}

/** The address of the page in which an address lies. */
function pageOf(address) {
  return address - address % PAGE_SIZE;
}

const processView = {
  name: "process",
  title: "A process",
  isFollowing: false,
  chosenPage: -1,

  /** Makes the parts of the view, once. */
  init(film, app) {
    this.app = app;
    this.head = new ProcessHead(app);
    this.call = make("p", { class: "process-call" });
    this.segments = new SegmentList((address) => this.choose(address));
    this.page = new PagePart(app, this);
    this.registers = new RegisterGrid((value) => this.choose(pageOf(value)));
    this.source = new SourceBox();
    this.output = new OutputBox();
    this.sourceNote = make("p", { class: "source-note" });
    const opened = () => this.reveal();
    this.parts = {
      memory: viewPart("memory", opened, this.segments.element),
      page: viewPart("page", opened, this.page.element),
      source: viewPart("source", opened, this.call, this.sourceNote, this.source.element),
      registers: viewPart("registers", opened, this.registers.element),
      output: viewPart("output", opened, this.output.element),
    };
    const { source, memory, page, registers, output } = this.parts;
    this.element.classList.add("process-view");
    this.element.replaceChildren(this.head.element, make("div", { class: "process-parts" },
      make("div", { class: "process-column" }, source.part, memory.part),
      make("div", { class: "process-column" }, page.part, registers.part, output.part)));
  },

  /** Chooses a page by hand, which ends the following. */
  choose(address) {
    this.isFollowing = false;
    this.app.show({ page: address });
    this.app.redraw();
  },

  /** Shows the state of the chosen life at the chosen moment. */
  draw(film, state) {
    const { moment, life } = state;
    const isThere = film.isThere(life, moment);
    const space = isThere ? film.space(life, moment) : 0;
    const now = {
      film, moment, life, space,
      segments: space ? film.segments(space, moment) : [],
      pages: space ? pagesWithChanges(film, space, moment, life) : [],
      registers: isThere ? film.registers(life, moment) : null,
    };
    const chosen = state.page >= 0 ? pageOf(state.page) : -1;
    now.last = this.isFollowing && space ? lastChange(film, life, moment, chosen) : null;
    now.chosen = this.pageToShow(now, chosen);
    this.element.classList.toggle("is-absent", !isThere);
    this.element.classList.toggle("has-no-memory", space === 0);
    this.head.show(film, life, moment);
    this.drawMemory(now);
    this.page.show(now, this.isFollowing);
    this.parts.page.heading.replaceChildren(...this.page.heading(now));
    this.drawRegisters(now);
    this.drawSource(now, isThere);
    this.drawOutput(now);
    this.reveal();
    this.revealPage(state);
  },

  /** Scrolls the view to the page that has just been chosen, by whomever. */
  revealPage(state) {
    if (state.page >= 0 && state.page !== this.chosenPage) {
      this.parts.page.part.scrollIntoView({ block: "nearest" });
      this.segments.reveal();
    }
    this.chosenPage = state.page;
  },

  /** Scrolls each box to what matters in it; all at the end, so that the page is laid out once. */
  reveal() {
    for (const box of [this.page.table, this.source, this.output]) {
      box.reveal();
    }
  },

  /** The page to show: the one changed last while following, else the one chosen, else a sensible one. */
  pageToShow(now, chosen) {
    if (now.last && now.last.address >= 0) {
      return now.last.address;
    }
    return chosen >= 0 ? chosen : defaultPage(now.pages, now.registers);
  },

  /** The segments, and in the heading how much of them has frames. */
  drawMemory(now) {
    const shared = now.pages.filter((each) => each.isShared).length;
    const damaged = now.pages.filter((each) => each.writer);
    const damage = damaged.length ? `${counted(damaged.length, "page")} changed${damaged[0].writer}` : "";
    this.parts.memory.heading.replaceChildren("Memory",
      make("span", { class: "part-fact" }, now.space
        ? `${counted(now.segments.length, "segment")}, ${counted(now.pages.length, "page")} with a frame, ` +
          `${grouped(shared)} shared${now.film.hasDetails(now.moment) ? "" : "; flags not kept"}`
        : "none"),
      make("strong", { class: "part-damage" }, damage));
    this.segments.show(now);
  },

  /** The registers, compared with those of the moment before. */
  drawRegisters(now) {
    const { film, moment, life, registers, segments } = now;
    const isOld = moment > 0 && film.isThere(life, moment - 1);
    const before = registers && isOld ? film.registers(life, moment - 1) : null;
    const count = before ? registers.filter((value, number) => value !== before[number]).length : 0;
    this.parts.registers.heading.replaceChildren("Registers",
      make("span", { class: "part-fact" }, count ? `${grouped(count)} changed at this moment` : ""));
    this.registers.show(registers, before, segments);
  },

  /** The source line and the call that is under way. */
  drawSource(now, isThere) {
    const { film, moment, life } = now;
    const place = isThere ? film.place(life, moment) : { function: "", file: "", line: 0 };
    const call = isThere ? film.call(life, moment) : "";
    const lines = place.file && place.line ? film.source(place.file) : null;
    const label = make("span", { class: "call-name" }, "call ");
    this.call.replaceChildren(label, guestText(shortText(call, 1000), "call-text"));
    this.call.hidden = !call;
    this.parts.source.part.hidden = now.space === 0 && !(place.file || place.function || call);
    const where = make("span", { class: "part-fact" }, placeElement(place));
    this.parts.source.heading.replaceChildren("Source", where);
    this.sourceNote.textContent = sourceWords(place, lines, now.registers !== null);
    this.sourceNote.hidden = Boolean(lines) || now.space === 0;
    this.source.show(lines, place.line);
  },

  /** The output so far, of all processes. */
  drawOutput(now) {
    const parts = now.film.output(now.moment);
    this.parts.output.heading.replaceChildren("Output so far",
      make("span", { class: "part-fact" }, `${counted(lengthOf(parts), "character")}, of all processes`));
    this.output.show(parts, now.moment);
  },
};

/** A place in the source: "main in bank.c:31, inside printf". */
function placeElement(place) {
  const where = make("span", { class: "place" });
  if (place.function) {
    where.append(guestText(shortText(place.function, 100), "place-function"));
  }
  if (place.file) {
    const file = guestText(shortText(place.file, 200));
    where.append(place.function ? " in " : "", file, place.line ? `:${place.line}` : "");
  }
  if (place.inner && place.inner !== place.function) {
    where.append(place.function ? ", inside " : "", guestText(shortText(place.inner, 100), "place-inner"));
  }
  return where;
}

views.push(processView);
