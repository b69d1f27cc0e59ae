// The page's state and who draws it. Scripts before this one define `openFilm()`, which returns a promise of
// a Film; scripts behind it register their views by `views.push(view)`. All begins when the last of them is
// read.
//
// A view is {name, title, init(film, app), draw(film, state)}. Before init is called, `view.element` is the
// host that film.html has for a view of that name (unless the view brings an element of its own, which is put
// there), and `view.tools` the place for small buttons beside its title. draw is called at most once an
// animation frame, and only while the view is visible.

const views = [];

const app = {
  film: null,

  /** What is shown: a moment, a life, a frame and the address of a page in the life's space (-1: none). */
  state: { moment: 0, life: 0, frame: -1, page: -1, playing: false, follow: false },

  /** How many milliseconds the last drawing of all visible views took. */
  cost: 0,

  /** Changes what is shown; bounds are kept, and lives that there are not are left alone. */
  show(changes) {
    const { film, state } = app;
    const before = { ...state };
    Object.assign(state, changes);
    state.moment = within(Math.round(state.moment) || 0, 0, film.count - 1);
    if (state.follow && changes.life === undefined && state.moment !== before.moment) {
      state.life = actor(film, state.moment, state.life);
    }
    if (!(state.life in film.lives)) {
      state.life = before.life;
    }
    if (!(state.frame >= 0 && state.frame < film.frames)) {
      state.frame = -1;
    }
    state.page = state.page >= 0 && state.page < 4294967296 ? state.page - (state.page % 4096) : -1;
    if (Object.keys(state).some((name) => state[name] !== before[name])) {
      address.write();
      app.redraw();
    }
  },

  /** Shows the moment that is so many moments away. */
  step(moments) {
    app.show({ moment: app.state.moment + moments });
  },

  /** Has all visible views drawn at the next animation frame. */
  redraw() {
    if (!drawing.isDue) {
      drawing.isDue = true;
      requestAnimationFrame(drawing.draw);
    }
  },

  /** Returns the address of what is shown. */
  link() {
    const text = address.text(app.film, app.state);
    return location.href.replace(/#.*$/, "") + (text && `#${text}`);
  },

  /** Returns a promise that is kept when what is shown has been drawn. */
  settled() {
    return drawing.isDue ? new Promise((resolve) => drawing.waiting.push(resolve)) : Promise.resolve();
  },
};

const drawing = {
  isDue: false,
  waiting: [],

  /** Draws the controls and each view that is visible. */
  draw() {
    drawing.isDue = false;
    const begin = performance.now();
    controls.draw(app.film, app.state);
    for (const view of views) {
      if (layout.isVisible(view.name)) {
        view.draw(app.film, app.state);
      }
    }
    app.cost = performance.now() - begin;
    for (const resolve of drawing.waiting.splice(0)) {
      resolve();
    }
  },
};

/** Returns the life that acts at a moment: whom its first event is about, else who runs, else `otherwise`. */
function actor(film, moment, otherwise) {
  for (const number of film.eventsOf(moment)) {
    if (film.events.life[number] >= 0) {
      return film.events.life[number];
    }
  }
  const running = film.lives.find((life) => film.state(life.id, moment).state === "running");
  return running === undefined ? otherwise : running.id;
}

// --- owners -----------------------------------------------------------------------------------------------

const OWNER_COLOURS = 12;
const owners = [];

/** Returns the letters of the process of that number: A to Z, AA, AB … */
function letterOf(number) {
  const last = String.fromCharCode(65 + (number % 26));
  return number < 26 ? last : letterOf(Math.floor(number / 26) - 1) + last;
}

/** Gives each life the number, colour and letters of its process. */
function nameOwners(film) {
  const processes = new Map();
  let count = 0;
  for (const life of film.lives) {
    if (life.tid === life.pid || !processes.has(life.pid)) {
      processes.set(life.pid, count++);
    }
    const number = processes.get(life.pid);
    const letter = letterOf(number);
    const who = life.tid === life.pid ? `process ${life.pid}` : `thread ${life.tid} of process ${life.pid}`;
    owners[life.id] = { index: number % OWNER_COLOURS, letter, label: `${letter}, ${who}` };
  }
}

/** Returns {index, letter, label} of a life: the number of its colour, its process's letters, and words. */
function ownerOf(life) {
  return owners[life] ?? { index: 0, letter: "–", label: "the machine" };
}

/** Returns the CSS variable of a life's colour, for `var()` or `colour()`. */
function ownerColour(life) {
  return `--owner-${ownerOf(life).index}`;
}

/**
 * Returns an element with a life's letters on its colour, and the number of a thread that is not the first.
 */
function badge(life) {
  const owner = ownerOf(life);
  const { tid, pid } = app.film.lives[life];
  const thread = tid === pid ? "" : `·${tid}`;
  const text = make("span", { class: "owner", title: owner.label }, owner.letter + thread);
  text.style.setProperty("--owner", `var(${ownerColour(life)})`);
  return text;
}

// --- the address ------------------------------------------------------------------------------------------

const address = {
  timer: 0,
  /** How long the address waits for more changes: browsers refuse more than a few writes a second. */
  DELAY: 300,

  /** Returns what of the state differs from the default, as the part of an address behind "#". */
  text(film, state) {
    const parts = [];
    const clock = film.clock(state.moment);
    if (state.moment > 0) {
      parts.push(`clock=${clock}`);
      if (film.find(clock) !== state.moment) {
        parts.push(`steps=${film.steps(state.moment)}`);
      }
    }
    if (state.life !== 0) {
      const { pid, tid } = film.lives[state.life];
      parts.push(tid === pid ? `process=${pid}` : `process=${pid}&thread=${tid}`);
    }
    if (state.frame >= 0) {
      parts.push(`frame=${state.frame}`);
    }
    if (state.page >= 0) {
      parts.push(`page=0x${state.page.toString(16)}`);
    }
    if (state.follow) {
      parts.push("follow=1");
    }
    for (const [side, name] of film.address ?? []) {
      parts.push(`${side}=${encodeURIComponent(name)}`);
    }
    return parts.join("&");
  },

  /** Returns the state that such a text describes; what it does not name, or there is not, is the default. */
  read(film, text) {
    const fields = new URLSearchParams(text.replace(/^#/, ""));
    const number = (name, otherwise) => {
      const value = fields.get(name);
      return value !== null && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : otherwise;
    };
    const [clock, steps] = [number("clock", -1), number("steps", -1)];
    const named = steps < 0 ? film.find(clock) : film.findExactly(clock, steps);
    const moment = clock < 0 ? 0 : named;
    const pid = number("process", film.lives.length > 0 ? film.lives[0].pid : 0);
    return {
      moment,
      life: lifeOf(film, pid, number("thread", pid), moment),
      frame: number("frame", -1),
      page: number("page", -1),
      follow: fields.get("follow") === "1",
    };
  },

  /** Shows what the address says; a frame or a page that it names is on the screen, however small that is. */
  follow() {
    const named = address.read(app.film, location.hash);
    app.show(named);
    if (named.frame >= 0 || named.page >= 0) {
      layout.reveal(named.page >= 0 ? "process" : "memory");
    }
  },

  /** Writes the address when nothing has changed for a while. */
  write() {
    clearTimeout(address.timer);
    address.timer = setTimeout(address.writeNow, address.DELAY);
  },

  /** Writes the address; where the page has none of its own (in a notebook), it goes without. */
  writeNow() {
    if (location.href !== app.link()) {
      try {
        history.replaceState(null, "", app.link());
      } catch {
        address.writeNow = () => {};
      }
    }
  },
};

/**
 * Returns the life of these numbers that is there at a moment, else the last one before, else any; else 0.
 */
function lifeOf(film, pid, tid, moment) {
  const named = film.lives.filter((life) => life.pid === pid && life.tid === tid);
  const there = named.find((life) => film.isThere(life.id, moment));
  const before = named.filter((life) => life.born <= moment).pop();
  return (there ?? before ?? named[0] ?? { id: 0 }).id;
}

// --- the beginning ----------------------------------------------------------------------------------------

/** Opens the film, lets each view make its elements, and shows what the address says. */
async function begin() {
  if (comparison.isWanted()) {
    await comparison.begin();
    return;
  }
  const film = await openFilm();
  app.film = film;
  nameOwners(film);
  head.fill(film.head, film.leftOut);
  controls.init(film);
  layout.init(views);
  for (const view of views) {
    layout.place(view);
    view.init(film, app);
    layout.place(view);
  }
  keyboard.init();
  address.follow();
  addEventListener("hashchange", address.follow);
  app.redraw();
  await app.settled();
}

/** Says on the page, and to who waits for it, why there is no film. */
function explain(error) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = `This film cannot be shown: ${error.message}`;
  trouble.hidden = false;
  throw error;
}

window.forklore = {
  app,
  ready: Promise.resolve().then(begin).catch(explain),
  get film() {
    return app.film;
  },
};
window.forklore.ready.catch(() => {}); // the page has said it
