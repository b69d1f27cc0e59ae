// The controls below the views: what happened, the moments as a slider, buttons and the clock.

/** How many moments a second are played, by what the list of speeds says. */
const SPEEDS = [1, 2, 5, 10, 30, 100, 1000, 10000];

const controls = {
  /** The kind of events that n and p go to, as a number of film.eventKinds; -1 for any. */
  kind: -1,
  speed: 2,
  parts: {},
  played: { since: 0, moment: 0 },

  /** Makes the controls' elements. */
  init(film) {
    const parts = (controls.parts = {
      said: make("p", { id: "said", "aria-live": "polite" }),
      strip: make("canvas", { id: "strip", "aria-hidden": "true" }),
      slider: make("input", {
        type: "range",
        id: "slider",
        min: "0",
        max: String(film.count - 1),
        step: "1",
        value: "0",
        "aria-label": "Moment",
        input: (event) => app.show({ moment: Number(event.target.value) }),
      }),
      play: button("play", "Play, or stand still (space)", () => controls.play()),
      follow: make("input", {
        type: "checkbox",
        id: "follow",
        change: (event) => app.show({ follow: event.target.checked }),
      }),
      clock: make("output", { id: "clock", class: "mono" }),
      number: make("output", { id: "moment-number", class: "mono" }),
    });
    document
      .getElementById("controls")
      .append(
        parts.said,
        make("div", { class: "scale" }, parts.strip, parts.slider),
        make(
          "div",
          { class: "buttons" },
          controls.steps(film),
          controls.speeds(),
          controls.kinds(film),
          make("label", { class: "check", title: "Show whoever acts (f)" }, parts.follow, "follow"),
          ...(comparison.isWanted() ? [] : [controls.drawer()]),
          make("div", { class: "when" }, parts.clock, parts.number),
        ),
      );
    strip.size = new Measured(parts.strip);
  },

  /** Returns the buttons that step. */
  steps(film) {
    return make(
      "div",
      { class: "group", role: "group", "aria-label": "Steps" },
      button("first", "First moment (Home)", () => app.show({ moment: 0 })),
      button("previous", "Previous moment (←)", () => app.step(-1)),
      controls.parts.play,
      button("next", "Next moment (→)", () => app.step(1)),
      button("last", "Last moment (End)", () => app.show({ moment: film.count - 1 })),
    );
  },

  /** Returns the button that opens and closes the events of a wide screen; smaller ones have tabs. */
  drawer() {
    const press = () => layout.toggleEvents();
    return make(
      "button",
      { type: "button", id: "events-button", title: "Open or close (e)", click: press },
      "Events",
    );
  },

  /** Returns the list of speeds. */
  speeds() {
    const options = SPEEDS.map((speed) => make("option", { value: String(speed) }, `${grouped(speed)}/s`));
    const list = make(
      "select",
      {
        id: "speed",
        title: "Moments a second",
        "aria-label": "Moments a second",
        change: (event) => controls.setSpeed(Number(event.target.value)),
      },
      ...options,
    );
    list.value = String(controls.speed);
    return list;
  },

  /** Returns the list of the kinds of events that there are, between the buttons that go to them. */
  kinds(film) {
    const counts = new Array(film.eventKinds.length).fill(0);
    for (const kind of film.events.kind) {
      counts[kind] += 1;
    }
    const options = film.eventKinds
      .map((name, kind) => [name, kind])
      .filter(([, kind]) => counts[kind] > 0)
      .map(([name, kind]) => make("option", { value: String(kind) }, `${name} (${grouped(counts[kind])})`));
    const list = make(
      "select",
      {
        id: "kind",
        title: "Kind of events to go to",
        "aria-label": "Kind of events to go to",
        change: (event) => controls.choose(Number(event.target.value)),
      },
      make("option", { value: "-1" }, "any event"),
      ...options,
    );
    return make(
      "div",
      { class: "group", role: "group", "aria-label": "Events of a kind" },
      button("previous-event", "Previous event of this kind (p)", () => controls.seek(-1)),
      list,
      button("next-event", "Next event of this kind (n)", () => controls.seek(1)),
    );
  },

  /** Has n and p go to events of that kind, -1 for any. */
  choose(kind) {
    controls.kind = kind;
    app.redraw();
  },

  /** Goes to the next (1) or previous (-1) moment that has an event of the chosen kind. */
  seek(direction) {
    const kinds = controls.kind < 0 ? null : new Set([controls.kind]);
    const moment = app.film.next(kinds, app.state.moment, direction);
    if (moment >= 0) {
      app.show({ moment });
    }
  },

  /** Plays from here on, from the beginning where it is the end, or stands still. */
  play() {
    const { film, state } = app;
    const isAtEnd = state.moment === film.count - 1;
    app.show(state.playing || !isAtEnd ? { playing: !state.playing } : { playing: true, moment: 0 });
    controls.played = { since: performance.now(), moment: state.moment };
    if (state.playing) {
      requestAnimationFrame(controls.playOn);
    }
  },

  /** Changes the speed, from here on. */
  setSpeed(speed) {
    controls.speed = speed;
    controls.played = { since: performance.now(), moment: app.state.moment };
  },

  /** Shows the moment that it is time for, until the end. */
  playOn() {
    const { film, state } = app;
    if (!state.playing) {
      return;
    }
    const { since, moment } = controls.played;
    const due = moment + Math.floor(((performance.now() - since) / 1000) * controls.speed);
    if (due < state.moment || due > state.moment + controls.speed) {
      controls.setSpeed(controls.speed); // somebody has gone elsewhere, or the page has slept
    } else {
      app.show({ moment: due, playing: due < film.count - 1 });
    }
    requestAnimationFrame(controls.playOn);
  },

  /** Brings the controls into line with the state. */
  draw(film, state) {
    const { parts } = controls;
    const clock = film.clockText(film.clock(state.moment));
    parts.slider.value = String(state.moment);
    parts.slider.setAttribute("aria-valuetext", `moment ${state.moment}, ${clock}`);
    setText(parts.clock, clock);
    setText(parts.number, `${grouped(state.moment)} / ${grouped(film.count - 1)}`);
    parts.number.title = "Moment, and the last one";
    parts.said.setAttribute("aria-live", state.playing ? "off" : "polite");
    setIcon(parts.play, state.playing ? "pause" : "play");
    parts.play.setAttribute("aria-pressed", String(state.playing));
    parts.follow.checked = state.follow;
    said.draw(parts.said, film, state.moment);
    strip.draw(parts.strip, film);
  },
};

/** Returns a button of the controls, with the icon of that name. */
function button(id, title, press, icon = id) {
  return make("button", { type: "button", id, title, "aria-label": title, click: press }, iconOf(icon));
}

/** Kinds of events in the order in which they are told of a moment; all others come behind them. */
const TELLING = [
  "fork",
  "vfork",
  "clone",
  "exec",
  "exit",
  "wait",
  "resume",
  "fault",
  "signal",
  "handler",
  "stop",
  "continue",
  "pipe",
  "output",
  "input",
  "notice",
  "block",
  "wake",
  "call",
  "run",
  "page fault",
  "map",
  "frames",
];

const said = {
  /** How many events are told in full; beyond them their number is. */
  MOST: 3,

  /** Returns the numbers of a moment's events, those first that matter most. */
  order(film, moment) {
    const places = film.eventKinds.map((kind) =>
      TELLING.includes(kind) ? TELLING.indexOf(kind) : TELLING.length,
    );
    const rank = (number) => places[film.events.kind[number]];
    return Array.from(film.eventsOf(moment)).sort((one, other) => rank(one) - rank(other) || one - other);
  },

  /** Writes what happened at a moment: its events' texts, with the letters of whom they are about. */
  draw(element, film, moment) {
    if (element.dataset.moment === String(moment)) {
      return;
    }
    element.dataset.moment = String(moment);
    const numbers = said.order(film, moment);
    const parts = [];
    for (const number of numbers.slice(0, said.MOST)) {
      const life = film.events.life[number];
      parts.push(
        make(
          "span",
          { class: "event" },
          ...(life < 0 ? [] : [badge(life), " "]),
          guestText(film.eventText(number)),
        ),
      );
    }
    if (numbers.length > said.MOST) {
      parts.push(make("span", { class: "event" }, `and ${grouped(numbers.length - said.MOST)} more events`));
    }
    if (parts.length === 0) {
      parts.push(moment === 0 ? "The beginning of the film." : "Nothing is told of this moment.");
    }
    element.replaceChildren(...parts);
    element.title = element.textContent;
  },
};
