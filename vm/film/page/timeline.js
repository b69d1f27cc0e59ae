// The horizontal axis of the processes view: which moments are in sight, and where each of them stands.

/** The fewest units (moments, or nanoseconds) that fill the width. */
const NEAREST = { moments: 6, time: 12 };

const timeline = {
  /** "moments": each as wide as the others; "time": guest time. */
  axis: "moments",
  /** What is in sight, in units of the axis. */
  from: 0,
  to: 1,
  width: 1,

  /** Returns where the axis begins and ends. */
  ends() {
    const { film } = app;
    if (timeline.axis === "moments") {
      return [0, film.count];
    }
    const [first, last] = [film.clock(0), film.clock(film.count - 1)];
    return [first, last + Math.max(1, (last - first) / 50)];
  },

  /** Returns the unit at which a moment begins; that of `film.count` is the end of the axis. */
  unitOf(moment) {
    if (timeline.axis === "moments") {
      return moment;
    }
    return moment < app.film.count ? app.film.clock(moment) : timeline.ends()[1];
  },

  /** Returns the moment that holds at a unit. */
  momentOf(unit) {
    const { film } = app;
    return timeline.axis === "moments" ? within(Math.floor(unit), 0, film.count - 1) : film.find(unit);
  },

  /** Returns how many CSS pixels from the left a moment begins. */
  x(moment) {
    return ((timeline.unitOf(moment) - timeline.from) / (timeline.to - timeline.from)) * timeline.width;
  },

  /** Returns the unit at so many CSS pixels from the left. */
  unitAt(x) {
    return timeline.from + (x / timeline.width) * (timeline.to - timeline.from);
  },

  /** Returns the first moment that begins at or behind so many CSS pixels from the left. */
  momentFrom(x) {
    const unit = timeline.unitAt(x);
    return firstWhere(0, app.film.count, (moment) => timeline.unitOf(moment) >= unit);
  },

  /** Has these units in sight, as far as there are such. */
  look(from, to) {
    const [first, last] = timeline.ends();
    const length = within(to - from, Math.min(NEAREST[timeline.axis], last - first), last - first);
    timeline.from = within(from, first, last - length);
    timeline.to = timeline.from + length;
    app.redraw();
  },

  /** Has the whole film in sight. */
  lookAtAll() {
    timeline.look(...timeline.ends());
  },

  /** Chooses an axis, and keeps the moments in sight that are. */
  choose(axis) {
    const [first, last] = [timeline.momentOf(timeline.from), timeline.momentOf(timeline.to)];
    const isAll = timeline.isAll();
    timeline.axis = axis;
    if (isAll) {
      timeline.lookAtAll();
    } else {
      timeline.look(timeline.unitOf(first), timeline.unitOf(last + 1));
    }
  },

  /** Returns whether the whole film is in sight. */
  isAll() {
    const [first, last] = timeline.ends();
    return timeline.from <= first && timeline.to >= last;
  },

  /** Makes what is in sight so many times as long; the unit at x stays where it is. */
  zoom(factor, x) {
    const unit = timeline.unitAt(x);
    const length = (timeline.to - timeline.from) * factor;
    const [first, last] = timeline.ends();
    const kept = within(length, Math.min(NEAREST[timeline.axis], last - first), last - first);
    const from = unit - (x / timeline.width) * kept;
    timeline.look(from, from + kept);
  },

  /** Makes what is in sight so many times as long; the present moment stays where it is. */
  zoomHere(factor) {
    timeline.zoom(factor, within(timeline.x(app.state.moment), 0, timeline.width));
  },

  /** Moves what is in sight by so many CSS pixels. */
  pan(x) {
    const by = (x / timeline.width) * (timeline.to - timeline.from);
    timeline.look(timeline.from + by, timeline.to + by);
  },

  /** Has a moment in sight: a little moves if it is near, else it comes into the middle. */
  reveal(moment) {
    const [begin, end] = [timeline.unitOf(moment), timeline.unitOf(moment + 1)];
    const length = timeline.to - timeline.from;
    if (begin >= timeline.from && Math.min(end, begin + length / 2) <= timeline.to) {
      return;
    }
    const isNear = begin > timeline.from - length / 4 && begin < timeline.to + length / 4;
    const place = isNear ? (begin < timeline.from ? 0.15 : 0.85) : 0.5;
    timeline.look(begin - length * place, begin + length * (1 - place));
  },

  /** Returns the units at which a tick stands, at least so many CSS pixels apart. */
  ticks(apart) {
    const least = ((timeline.to - timeline.from) / timeline.width) * apart;
    const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= least) ?? power * 10;
    const ticks = [];
    for (let unit = Math.ceil(timeline.from / step) * step; unit < timeline.to; unit += step) {
      ticks.push(unit);
    }
    return ticks;
  },
};
