// The mouse and the finger on the lanes.

/** How many CSS pixels of a wheel are a step. */
const NOTCH = 60;
/** A pointer that moved less than this many CSS pixels has clicked. */
const STILL = 4;

const pointing = {
  canvas: null,
  wheel: 0,
  /** Where the button was pressed, and how: {x, scrubs, moved, from, to}; null while none is. */
  pressed: null,

  /** Listens to the canvas. */
  init(canvas) {
    pointing.canvas = canvas;
    canvas.addEventListener("wheel", pointing.turn, { passive: false });
    canvas.addEventListener("pointerdown", pointing.press);
    canvas.addEventListener("pointermove", pointing.move);
    canvas.addEventListener("pointerup", pointing.release);
    canvas.addEventListener("pointercancel", () => (pointing.pressed = null));
    canvas.addEventListener("pointerleave", () => tip.hide());
  },

  /** Steps through the moments; with Ctrl it zooms, sideways it moves what is in sight. */
  turn(event) {
    event.preventDefault();
    const lines = event.deltaMode === 0 ? 1 : 40;
    if (event.ctrlKey || event.metaKey) {
      timeline.zoom(1.0025 ** (event.deltaY * lines), event.offsetX);
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      timeline.pan(event.deltaX * lines);
    } else {
      pointing.wheel += event.deltaY * lines;
      const steps = Math.trunc(pointing.wheel / NOTCH);
      if (steps !== 0) {
        pointing.wheel = 0;
        app.step(Math.sign(steps) * Math.max(1, Math.floor(Math.abs(steps) / 2)));
      }
    }
  },

  /** Begins a click, a scrub along the axis, or a move of what is in sight. */
  press(event) {
    if (event.button !== 0) {
      return;
    }
    const { from, to } = timeline;
    const scrubs = event.offsetY < processes.head || timeline.isAll();
    pointing.pressed = { x: event.offsetX, y: event.offsetY, scrubs, moved: false, from, to };
    pointing.canvas.setPointerCapture(event.pointerId);
    if (event.offsetY < processes.head) {
      app.show({ moment: pointing.momentAt(event.offsetX) });
    }
  },

  /** Goes on with that; without a pressed button it says what is there. */
  move(event) {
    const { pressed } = pointing;
    if (pressed === null) {
      pointing.explain(event);
      return;
    }
    pressed.moved ||= Math.abs(event.offsetX - pressed.x) >= STILL;
    if (pressed.moved && pressed.scrubs) {
      app.show({ moment: pointing.momentAt(event.offsetX) });
    } else if (pressed.moved) {
      const by = ((pressed.x - event.offsetX) / timeline.width) * (pressed.to - pressed.from);
      timeline.look(pressed.from + by, pressed.to + by);
    }
  },

  /** Ends it: a click goes to the moment of a mark, or to the moment and the life of a lane. */
  release(event) {
    const { pressed } = pointing;
    pointing.pressed = null;
    if (pressed === null || pressed.moved || event.offsetY < processes.head) {
      return;
    }
    const hit = pointing.hitAt(event.offsetX, event.offsetY);
    if (hit) {
      app.show({ moment: hit.moment });
      return;
    }
    const life = pointing.lifeAt(event.offsetY);
    app.show({ moment: pointing.momentAt(event.offsetX), ...(life < 0 ? {} : { life }) });
  },

  /** Returns the moment at x. */
  momentAt(x) {
    return timeline.momentOf(timeline.unitAt(within(x, 0, timeline.width)));
  },

  /** Returns the life whose lane is at y, -1 if none is. */
  lifeAt(y) {
    const life = processes.first + Math.floor((y - processes.head) / processes.row);
    return y >= processes.head && life < app.film.lives.length ? life : -1;
  },

  /** Returns the mark that is drawn at a point, if any. */
  hitAt(x, y) {
    const distance = ({ left, right }) => Math.max(left - x, x - right, 0);
    const near = processes.hits.filter((hit) => distance(hit) <= 6 && hit.top <= y && y <= hit.bottom);
    return near.sort((one, other) => distance(one) - distance(other))[0];
  },

  /** Says beside the mouse what is there. */
  explain(event) {
    const { film } = app;
    const { offsetX: x, offsetY: y, clientX, clientY } = event;
    const hit = pointing.hitAt(x, y);
    const life = pointing.lifeAt(y);
    const moment = hit ? hit.moment : pointing.momentAt(x);
    const when = `moment ${grouped(moment)}, ${film.clockText(film.clock(moment))}`;
    if (hit) {
      tip.show(`${hit.sentence}\n${when}`, clientX, clientY);
    } else if (life >= 0) {
      tip.show(`${ownerOf(life).label}: ${pointing.words(film, life, moment)}\n${when}`, clientX, clientY);
    } else {
      tip.show(when, clientX, clientY);
    }
  },

  /** Returns what a life does at a moment, and between which clocks. */
  words(film, life, moment) {
    const words = visibleText(livesTable.words(film, life, moment));
    if (!film.isThere(life, moment)) {
      return words;
    }
    const { from, to } = film.state(life, moment);
    const until = to < film.count ? ` to ${film.clockText(film.clock(to))}` : " to the end of the film";
    return `${words}, from ${film.clockText(film.clock(from))}${until}`;
  },
};
