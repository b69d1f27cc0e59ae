// Several films of one program: two of them side by side, in step, by one slider.
//
// Each side is a frame with a page of its own, which has the views of one film and no controls. The controls,
// the keys and the address are this page's, to which the two are one film (pair.js). What is shown of one
// side is shown of the other as well: the process, the page of memory, the views.

/** The keys that go to both sides, whose views they are for. */
const KEYS_OF_VIEWS = ["1", "2", "3", "4", "e", "+", "=", "-", "0", "t", "Escape"];

/** Returns whether this page is a side of another one. */
function isSide() {
  return "side" in document.documentElement.dataset;
}

/** Returns the moments at which a frame of a film was filled with a copy, in order. */
function momentsOfCopies(film) {
  const { cause, from } = film.tables.uses;
  const isCopy = film.head.causes.map((name) => name === "fork-copied" || name === "copied");
  return Array.from(from)
    .filter((moment, row) => isCopy[cause[row]])
    .sort((one, other) => one - other);
}

/** One of the two films: the frame that shows it, and above that which one it is, and its figures. */
class Side {
  constructor(number, names) {
    this.number = number;
    this.name = SIDES[number];
    this.known = { life: -1, frame: -1 };
    const change = () => comparison.choose(this);
    const options = names.map((name, film) => make("option", { value: String(film) }, name));
    this.choice = make("select", { "aria-label": `What is on the ${this.name}`, change }, ...options);
    this.figures = make("p", { class: "figures" });
    this.frame = make("iframe", { title: `The film on the ${this.name}` });
    this.element = make(
      "section",
      { class: "side", "data-side": this.name },
      make("header", { class: "side-head" }, this.choice, this.figures),
      this.frame,
    );
  }

  /** Opens the page of that film in the frame, and waits until it is ready. */
  async open(number) {
    const isLoaded = new Promise((resolve) => this.frame.addEventListener("load", resolve, { once: true }));
    this.choice.value = String(number);
    this.frame.srcdoc = comparison.pageOf(number);
    await isLoaded;
    this.window = this.frame.contentWindow;
    await this.window.forklore.ready;
    this.known = { life: -1, frame: -1 };
    this.app = this.window.forklore.app;
    this.film = this.app.film;
    this.copies = momentsOfCopies(this.film);
    this.join();
  }

  /** Has what is done in the frame done on both sides. */
  join() {
    this.showHere = this.app.show;
    this.app.show = (changes) => this.ask(changes);
    this.app.step = app.step;
    const inner = this.window.document;
    inner.addEventListener("keydown", (event) => this.press(event), true);
    inner.getElementById("tabs").addEventListener("click", (event) => comparison.mirror(this, event));
  }

  /** Shows on both sides what was asked for on this one; a frame is that of one machine. */
  ask({ moment, life, page, frame = this.app.state.frame }) {
    this.showHere({ frame });
    const both = {};
    if (moment !== undefined && moment !== this.app.state.moment) {
      both.moment = app.film.inStep.rowOf(this.number, within(moment, 0, this.film.count - 1));
    }
    if (life !== undefined) {
      both.life = app.film.joint[this.number][life];
    }
    if (page !== undefined) {
      both.page = page;
    }
    app.show(both);
  }

  /** Does what a key is for that was pressed in the frame, where nothing there takes it. */
  press(event) {
    const isTaken =
      event.target.closest("dialog, input, select, textarea") !== null ||
      (event.key === " " && event.target.closest("button, summary, a") !== null);
    if (isTaken || !event.isTrusted) {
      return;
    }
    comparison.press(event);
    if (!event.defaultPrevented) {
      keyboard.press(event);
    }
    if (event.defaultPrevented) {
      event.stopPropagation();
    }
  }

  /** Shows a row of the pair. */
  draw(pair, state) {
    const moment = pair.momentOf(this.number, state.moment);
    const changes = { moment, page: state.page };
    const life = pair.ownLife(this.number, state.life);
    if (life >= 0 && life !== this.known.life) {
      changes.life = life;
    }
    if (state.frame !== this.known.frame) {
      changes.frame = state.frame;
    }
    this.known = { life, frame: state.frame };
    this.showHere(changes);
    this.tell(moment);
  }

  /** Writes how much memory is in use at a moment, and how much has been copied up to it. */
  tell(moment) {
    const { film } = this;
    const used = film.used(moment);
    const copied = firstWhere(0, this.copies.length, (number) => this.copies[number] > moment);
    const fact = (number, words) => make("span", { class: "fact" }, make("b", {}, number), ` ${words}`);
    const facts = [
      fact(`${grouped(copied * (PAGE_SIZE / 1024))} KiB`, "copied"),
      fact(grouped(film.frames - used.free), "frames in use"),
      fact(grouped(used.table), "page tables"),
      fact(film.clockText(film.clock(moment)), ""),
    ];
    this.figures.replaceChildren(...facts.flatMap((each) => [each, " "]));
  }
}

const comparison = {
  template: null,
  names: [],
  sides: [],
  /** Kept when the two films that were asked for last are there. */
  opened: Promise.resolve(),

  /** Returns whether the page has several films, and is not a side itself. */
  isWanted() {
    return !isSide() && document.getElementById("reel-1") !== null;
  },

  /** Makes a page for two films of the page that was loaded, and shows those that the address names. */
  async begin() {
    comparison.template = document.documentElement.cloneNode(true);
    comparison.names = JSON.parse(atob(document.getElementById("head").textContent)).compared;
    comparison.sides = SIDES.map((_, number) => new Side(number, comparison.names));
    comparison.here = make("b", { "aria-live": "polite" });
    comparison.whole = make("span", { class: "quiet" });
    comparison.line = make("p", { id: "in-step" }, comparison.here, " ", comparison.whole);
    document.documentElement.dataset.comparison = "";
    const main = document.getElementById("views");
    main.replaceChildren(...comparison.sides.map((side) => side.element));
    main.before(comparison.line);
    keyboard.init();
    layout.reveal = comparison.reveal;
    document.addEventListener("keydown", comparison.press, true);
    addEventListener("resize", comparison.fit);
    comparison.fit();
    new MutationObserver(comparison.colour).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    comparison.opened = comparison.open(comparison.chosen());
    await comparison.opened;
    comparison.head();
    addEventListener("hashchange", comparison.follow);
    window.forklore.comparison = comparison;
  },

  /** Fits the head and the controls to the window; the sides do so themselves. */
  fit() {
    document.body.dataset.layout = window.innerWidth < 640 ? "narrow" : "wide";
  },

  /** Brings a view onto the screen on both sides. */
  reveal(name) {
    for (const { window } of comparison.sides) {
      const tab = window.document.querySelector(`[data-tab="${name}"]`);
      if (tab.getAttribute("aria-pressed") !== "true") {
        tab.click();
      }
    }
  },

  /** Returns the numbers of the films that the address names; without it, of the first two. */
  chosen() {
    const fields = new URLSearchParams(location.hash.replace(/^#/, ""));
    return SIDES.map((side, number) => {
      const film = comparison.names.indexOf(fields.get(side));
      return film < 0 ? number : film;
    });
  },

  /** Returns the page of one of the films. */
  pageOf(film) {
    const page = comparison.template.cloneNode(true);
    page.dataset.side = "";
    for (const data of page.querySelectorAll('script[id^="reel-"]')) {
      if (data.id === `reel-${film}`) {
        data.id = "reel-0";
      } else {
        data.remove();
      }
    }
    return `<!doctype html>${page.outerHTML}`;
  },

  /** Puts these two films side by side, where they are not yet, and shows what the address says. */
  async open(films) {
    const isNew = (side, number) => side.film === undefined || Number(side.choice.value) !== films[number];
    await Promise.all(
      comparison.sides.map((side, number) => isNew(side, number) && side.open(films[number])),
    );
    const pair = new PairFilm(...comparison.sides.map((side) => side.film));
    pair.address = SIDES.map((side, number) => [side, comparison.names[films[number]]]).filter(
      (_, number) => films[number] !== number,
    );
    app.film = pair;
    nameOwners(pair);
    comparison.control(pair);
    const draw = (film, state) => comparison.sides.forEach((side) => side.draw(film, state));
    views.splice(0, views.length, { name: "sides", draw }, { name: "line", draw: comparison.say });
    comparison.colour();
    app.show(address.read(pair, location.hash));
    app.redraw();
    await app.settled();
    await Promise.all(comparison.sides.map((side) => side.app.settled()));
  },

  /** Makes the controls for a pair, in place of those there are. */
  control(pair) {
    document.getElementById("controls").replaceChildren();
    controls.kind = -1;
    strip.moments.clear();
    strip.drawn = "";
    controls.init(pair);
  },

  /** Puts the film on a side that was chosen there, and stays at the guest time. */
  choose(side) {
    const clock = app.film.clock(app.state.moment);
    const films = comparison.sides.map(({ choice }) => Number(choice.value));
    side.film = undefined;
    app.show({ playing: false });
    comparison.opened = comparison.open(films).then(() => app.show({ moment: app.film.find(clock) }));
  },

  /** Shows what the address says, which somebody has changed. */
  follow() {
    const chosen = comparison.chosen();
    if (comparison.sides.every((side, number) => Number(side.choice.value) === chosen[number])) {
      app.show(address.read(app.film, location.hash));
    } else {
      comparison.opened = comparison.open(chosen);
    }
  },

  /** Writes what both films are of, and what was left out of them. */
  head() {
    const [left, right] = comparison.sides.map((side) => side.film);
    const settings = Object.entries(left.head.settings).filter(
      ([name, value]) => right.head.settings[name] === value,
    );
    const outcome = left.head.outcome === right.head.outcome ? left.head.outcome : "";
    const leftOut = comparison.sides.flatMap(({ name, film }) =>
      film.leftOut.map((text) => `${name}: ${text}`),
    );
    head.fill({ ...left.head, settings: Object.fromEntries(settings), outcome }, leftOut);
  },

  /** Writes how the two go together, here and on the whole. */
  say(pair, state) {
    const { inStep } = pair;
    comparison.line.dataset.apart = String(inStep.isApart[state.moment]);
    setText(comparison.here, inStep.sentence(state.moment));
    setText(comparison.whole, inStep.summary);
  },

  /** Gives the sides the colours of this page. */
  colour() {
    for (const side of comparison.sides.filter(({ film }) => film !== undefined)) {
      side.window.document.documentElement.dataset.theme = document.documentElement.dataset.theme;
      side.app.redraw();
    }
  },

  /** Does a key for the views on both sides, and nowhere else. */
  press(event) {
    const { key, target, ctrlKey, altKey, metaKey } = event;
    const isElsewhere = ctrlKey || altKey || metaKey || target.closest("dialog, select, textarea") !== null;
    if (!KEYS_OF_VIEWS.includes(key) || isElsewhere) {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const { window } of comparison.sides) {
      window.document.body.dispatchEvent(
        new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
      );
    }
  },

  /** Chooses the view on the other side, too, whose tab was pressed on one. */
  mirror(side, event) {
    const tab = event.target.closest("[data-tab]");
    if (tab !== null && event.isTrusted) {
      const other = comparison.sides[1 - side.number].window.document;
      other.querySelector(`[data-tab="${tab.dataset.tab}"]`).click();
      tab.focus();
    }
  },
};
