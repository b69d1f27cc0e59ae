// The events around the present moment: a list of which only what is in sight is on the page.

/** A list may not be higher than this many CSS pixels: browsers cannot lay out much more. */
const HIGHEST = 8e6;

const eventList = {
  name: "events",
  title: "Events",
  parts: {},
  size: null,
  /** Rows by event, of those that are in sight. */
  rows: new Map(),
  /** The numbers of the events in the list, null for all; and what they were chosen by. */
  numbers: null,
  chosenBy: "",
  moment: -1,
  row: 0,

  /** Makes the list and the choices of what is in it. */
  init(film) {
    const parts = (eventList.parts = {
      scroller: make("div", { class: "events", tabindex: "0", "aria-label": "Events" }),
      sizer: make("div"),
      body: make("tbody"),
      count: make("span", { class: "quiet", role: "status" }),
      ofKind: make("input", { type: "checkbox", id: "of-kind", change: () => app.redraw() }),
      ofLife: make("input", { type: "checkbox", id: "of-life", change: () => app.redraw() }),
      kind: make("span"),
      life: make("span"),
    });
    const heads = ["clock", "kind", "who", "what"].map((text) =>
      make("th", { scope: "col", class: text }, text),
    );
    parts.table = make(
      "table",
      { class: "events-table" },
      make("thead", {}, make("tr", {}, ...heads)),
      parts.body,
    );
    parts.table.style.setProperty("--clock", `${film.clockText(film.clock(film.count - 1)).length + 1}ch`);
    parts.sizer.append(parts.table);
    parts.scroller.append(parts.sizer);
    eventList.element.append(parts.scroller);
    eventList.size = new Measured(parts.scroller);
    eventList.tools.append(
      parts.count,
      make("label", { class: "check", title: "Only the kind that n and p go to" }, parts.ofKind, parts.kind),
      make(
        "label",
        { class: "check", title: "Only what this process or thread has to do with" },
        parts.ofLife,
        parts.life,
      ),
    );
  },

  /** Draws what is in sight. */
  draw(film, state) {
    const { parts } = eventList;
    eventList.choose(film, state);
    const { sizer, table } = parts;
    const { height } = eventList.size.now();
    const row = Math.round(rem() * 1.75);
    const room = Math.max(1, Math.floor(height / row) - 1);
    const count = eventList.count(film);
    const whole = Math.max(height, Math.min((count + 1) * row, HIGHEST));
    eventList.row = row;
    sizer.style.height = `${whole}px`;
    table.style.height = `${height}px`;
    table.style.setProperty("--row", `${row}px`);
    eventList.reveal(film, state, whole - height, room, count);
    const first = eventList.firstAt(eventList.size.top, whole - height, room, count);
    eventList.fill(film, state, first, Math.min(count, first + room + 1));
    table.setAttribute("aria-rowcount", String(count + 1));
  },

  /** Chooses the events in the list by what is ticked. */
  choose(film, state) {
    const { parts } = eventList;
    setText(parts.kind, controls.kind < 0 ? "only a chosen kind" : `only ${film.eventKinds[controls.kind]}`);
    setText(parts.life, `only ${ownerOf(state.life).label}`);
    parts.ofKind.disabled = controls.kind < 0;
    const kind = parts.ofKind.checked ? controls.kind : -1;
    const life = parts.ofLife.checked ? state.life : -1;
    if (eventList.chosenBy !== `${kind} ${life}`) {
      eventList.chosenBy = `${kind} ${life}`;
      eventList.numbers = kind < 0 && life < 0 ? null : chosenEvents(film.events, kind, life);
      eventList.moment = -1;
    }
    const count = eventList.count(film);
    setText(
      parts.count,
      count === film.events.count
        ? `${grouped(count)} events`
        : `${grouped(count)} of ${grouped(film.events.count)} events`,
    );
  },

  /** Returns how many events are in the list. */
  count(film) {
    return eventList.numbers === null ? film.events.count : eventList.numbers.length;
  },

  /** Returns the number of the event at a place in the list. */
  at(place) {
    return eventList.numbers === null ? place : eventList.numbers[place];
  },

  /** Returns the place of the first event of a moment or behind it. */
  placeOf(film, moment) {
    const { events } = film;
    return firstWhere(0, eventList.count(film), (place) => events.moment[eventList.at(place)] >= moment);
  },

  /** Returns the first place in sight; a list that would be too high is scrolled in larger steps. */
  firstAt(top, most, room, count) {
    const last = Math.max(0, count - room);
    return (count + 1) * eventList.row <= HIGHEST
      ? within(Math.round(top / eventList.row), 0, last)
      : Math.round((top / most) * last);
  },

  /** Has the events of the moment in sight when it has changed. */
  reveal(film, state, most, room, count) {
    if (state.moment === eventList.moment) {
      return;
    }
    const { size } = eventList;
    const isNew = eventList.moment < 0;
    eventList.moment = state.moment;
    const place = eventList.placeOf(film, state.moment);
    const first = eventList.firstAt(size.top, most, room, count);
    if (isNew || place < first || place + 2 > first + room) {
      const wanted = within(place - Math.floor(room / 3), 0, Math.max(0, count - room));
      const isWhole = (count + 1) * eventList.row <= HIGHEST;
      size.scrollTo(isWhole ? wanted * eventList.row : (wanted / Math.max(1, count - room)) * most);
    }
  },

  /** Shows the events at the places from first up to end. */
  fill(film, state, first, end) {
    const { body } = eventList.parts;
    const wanted = new Set();
    for (let place = first; place < end; place += 1) {
      wanted.add(eventList.at(place));
    }
    for (const [number, row] of eventList.rows) {
      if (!wanted.has(number)) {
        row.remove();
        eventList.rows.delete(number);
      }
    }
    let before = null;
    for (const number of wanted) {
      if (!eventList.rows.has(number)) {
        eventList.rows.set(number, eventRow(film, number));
      }
      const row = eventList.rows.get(number);
      if (row.previousElementSibling !== before || !row.isConnected) {
        before === null ? body.prepend(row) : before.after(row);
      }
      before = row;
      const moment = film.events.moment[number];
      row.setAttribute("aria-current", String(moment === state.moment));
      row.classList.toggle("away", moment > state.moment);
    }
  },
};
views.push(eventList);

/** Returns the numbers of the events of a kind and of a life, -1 for any. */
function chosenEvents({ count, kind, life, other }, wantedKind, wantedLife) {
  const found = new Uint32Array(count);
  let length = 0;
  for (let number = 0; number < count; number += 1) {
    const isOfLife = wantedLife < 0 || life[number] === wantedLife || other[number] === wantedLife;
    if (isOfLife && (wantedKind < 0 || kind[number] === wantedKind)) {
      found[length++] = number;
    }
  }
  return found.slice(0, length);
}

/** Returns the row of an event. */
function eventRow(film, number) {
  const { moment, kind, life } = film.events;
  const go = () => app.show({ moment: moment[number] });
  const clock = make(
    "button",
    { type: "button", class: "bare mono" },
    film.clockText(film.clock(moment[number])),
  );
  const who = make("td", { class: "who" }, ...(life[number] < 0 ? [] : [badge(life[number])]));
  const text = film.eventText(number);
  return make(
    "tr",
    { "aria-rowindex": String(number + 2), click: go },
    make("td", { class: "clock" }, clock),
    make("td", { class: "kind" }, film.eventKinds[kind[number]]),
    who,
    make("td", { class: "what", title: visibleText(text) }, guestText(text)),
  );
}
