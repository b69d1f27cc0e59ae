// A frame's story: what became of it from its first use on, and who uses it now.

/** How many entries before and behind the present moment are shown at first. */
const STORY_ENTRIES = 60;

/** The panel with the story of the frame that is chosen. */
class FrameStory {
  constructor(close) {
    this.title = make("h3", { id: "story-title" });
    this.uses = make("ul", { class: "story-uses" });
    this.entries = make("ol", { class: "story-entries" });
    const attributes = { type: "button", class: "close", "aria-label": "Close the story", click: close };
    const button = make("button", attributes, "\u00d7");
    this.element = make("aside", { class: "frame-story", "aria-labelledby": "story-title", hidden: true },
      make("header", {}, this.title, button), this.uses, this.entries);
    this.most = STORY_ENTRIES;
    this.frame = -1;
    this.element.addEventListener("keydown", (event) => this._press(event));
  }

  /** Shows the story of a frame as it stands at a moment; nothing for frame -1. */
  draw(film, now, frame) {
    this.element.hidden = frame < 0;
    if (frame < 0) {
      this.frame = -1;
      return;
    }
    if (frame !== this.frame) {
      this.frame = frame;
      this.most = STORY_ENTRIES;
      this.story = film.story(frame);
    }
    setText(this.title, `Frame ${grouped(frame)}`);
    const hadFocus = this.entries.contains(document.activeElement);
    this.uses.replaceChildren(...this._usesNow(film, now));
    this._drawEntries(film, now);
    if (hadFocus) {
      (this.entries.querySelector("[aria-current]") || this.entries.querySelector("button")).focus();
    }
  }

  /** Who uses the frame now, each with a way to the page. */
  _usesNow(film, now) {
    const cell = now.cells.get(this.frame);
    if (!cell) {
      return [make("li", {}, "free now")];
    }
    const shown = cell.uses.slice(0, STORY_ENTRIES).map((use) => this._useNow(film, now, use));
    if (cell.uses.length > shown.length) {
      shown.push(make("li", {}, `and ${counted(cell.uses.length - shown.length, "use")} more`));
    }
    return shown;
  }

  /** One use in a line. */
  _useNow(film, now, use) {
    if (!isOfSpace(use)) {
      const text = use.use === "machine" ? "kept by the machine"
        : `shared memory object ${use.space}, at ${addressText(use.address)}`;
      return make("li", {}, text);
    }
    const { life } = now.owner(use.space);
    const who = life < 0 ? make("span", {}, "?") : badge(life);
    if (use.use !== "page") {
      const what = use.use === "root" ? "root page table" : `page table from ${addressText(use.address)}`;
      return make("li", {}, who, ` ${what}`);
    }
    const segment = now.segment(use.space, use.address);
    const text = `page ${addressText(use.address)}`;
    const show = () => {
      app.show({ life, page: use.address });
      if (!layout.isVisible("process")) {
        layout.choose("process");
      }
    };
    const link = life < 0 ? text
      : make("button", { type: "button", class: "link", title: "Show this page", click: show }, text);
    const where = segment ? ` ${segment.protection} ${visibleText(segment.name)}` : "";
    return make("li", {}, who, " ", link, where);
  }

  /** The entries around the present moment. */
  _drawEntries(film, now) {
    const { story } = this;
    const present = firstWhere(0, story.length, (k) => story[k].moment > now.moment);
    const [first, end] = [Math.max(0, present - this.most), Math.min(story.length, present + this.most)];
    const items = story.slice(first, end).map((entry) => this._entry(film, now, entry));
    const isToldNow = present > 0 && story[present - 1].moment === now.moment;
    if (!isToldNow) {
      const text = `now, ${film.clockText(film.clock(now.moment))}`;
      items.splice(present - first, 0, make("li", { class: "story-now", "aria-current": "true" }, text));
    }
    const showMore = () => {
      this.most *= 4;
      this._drawEntries(film, now);
    };
    const more = (count, where) =>
      make("li", {}, linkButton("link", `${counted(count, "entry", "entries")} ${where}`, showMore));
    if (first > 0) {
      items.unshift(more(first, "before"));
    }
    if (end < story.length) {
      items.push(more(story.length - end, "later"));
    }
    this.entries.replaceChildren(...items);
    this._scrollTo(this.entries.querySelector("[aria-current]"));
  }

  /** Brings the present moment's entry in sight, if there is one. */
  _scrollTo(current) {
    const { element } = this;
    const top = current ? current.offsetTop : 0;
    if (top + 20 > element.scrollTop + element.clientHeight || top < element.scrollTop + 20) {
      element.scrollTop = Math.max(0, top - element.clientHeight / 2);
    }
  }

  /** One entry: when, what, by whom and where, as a way to that moment. */
  _entry(film, now, entry) {
    const isNow = entry.moment === now.moment;
    const item = make("li", { class: isNow ? "is-now" : entry.moment > now.moment ? "is-later" : "" });
    const show = () => app.show({ moment: entry.moment });
    const parts = [make("span", { class: "story-clock" }, film.clockText(film.clock(entry.moment)))];
    if (entry.life >= 0) {
      parts.push(badge(entry.life));
    }
    parts.push(make("span", { class: "story-text" }, visibleText(entry.text)));
    const button = make("button", { type: "button", class: "story-entry", click: show }, ...parts);
    if (isNow) {
      button.setAttribute("aria-current", "true");
    }
    item.append(button);
    if (entry.other >= 0) {
      const chooseOther = () => app.show({ frame: entry.other });
      item.append(linkButton("link", `to frame ${grouped(entry.other)}`, chooseOther));
    }
    if (entry.file) {
      item.append(make("span", { class: "story-place" }, `${visibleText(entry.file)}:${entry.line}`));
    }
    return item;
  }

  /** Goes from entry to entry by the keys up and down. */
  _press(event) {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") {
      return;
    }
    const buttons = [...this.element.querySelectorAll(".story-entries button")];
    const next = buttons[buttons.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}
