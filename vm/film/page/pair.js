// Two films in step as one film, as far as the controls, the keys and the address need one: its moments are
// the rows of both, its events those of either, its lives those of either.

const SIDES = ["left", "right"];
const APART = "out of step";

class PairFilm {
  constructor(left, right) {
    this.films = [left, right];
    this.inStep = new InStep(left, right);
    this.count = this.inStep.count;
    this.frames = Math.max(left.frames, right.frames);
    this.joinLives();
    this.joinEvents();
  }

  // --- moments ---

  /** Returns the moment of a side's film in a row. */
  momentOf(side, row) {
    return this.inStep.moments[side][row];
  }

  /** Returns the guest time of a row: the left film's. */
  clock(row) {
    return this.films[0].clock(this.momentOf(0, row));
  }

  /** Returns what tells rows of one clock apart. */
  steps(row) {
    return row;
  }

  /** Returns the last row whose clock is not later, at least 0. */
  find(clock) {
    return Math.max(0, firstWhere(0, this.count, (row) => this.clock(row) > clock) - 1);
  }

  /** Returns a guest time in words. */
  clockText(clock) {
    return this.films[0].clockText(clock);
  }

  // --- lives ---

  /**
   * Makes one list of the lives of both: joint[side][life] is a life's place there, own[side][place] its
   * life.
   */
  joinLives() {
    const places = new Map();
    this.lives = [];
    this.own = [[], []];
    this.joint = this.films.map((film, side) =>
      threadNames(film).map((name, number) => {
        const life = film.lives[number];
        if (!places.has(name)) {
          places.set(name, this.lives.length);
          this.lives.push({ ...life, id: this.lives.length, born: this.inStep.rowOf(side, life.born) });
        }
        this.own[side][places.get(name)] = number;
        return places.get(name);
      }),
    );
  }

  /** Returns the life of a side's film that a joint one is there, -1 if none. */
  ownLife(side, life) {
    return this.own[side][life] ?? -1;
  }

  /** Returns whether a life is there in either film. */
  isThere(life, row) {
    return this.films.some((film, side) => {
      const own = this.ownLife(side, life);
      return own >= 0 && film.isThere(own, this.momentOf(side, row));
    });
  }

  /** Returns what a life does in the left film, or in the right one where the left has no such life. */
  state(life, row) {
    const side = this.ownLife(0, life) < 0 ? 1 : 0;
    return this.films[side].state(this.ownLife(side, life), this.momentOf(side, row));
  }

  // --- events ---

  /** Makes one list of the events of both; what both tell of a life in a row is one event. */
  joinEvents() {
    const kinds = new Map(
      [...this.films[0].eventKinds, ...this.films[1].eventKinds].map((kind) => [kind, 0]),
    );
    this.eventKinds = [APART, ...kinds.keys()];
    this.numbersOfKinds = this.films.map((film) =>
      film.eventKinds.map((kind) => this.eventKinds.indexOf(kind)),
    );
    this.rows = { moment: [], kind: [], life: [], left: [], right: [] };
    let next = [0, 0];
    let stretch = 0;
    for (let row = 0; row < this.count; row += 1) {
      if (this.inStep.stretches[stretch]?.from === row) {
        this.addEvent(row, 0, -1, -1, -1);
        stretch += 1;
      }
      next = this.joinRow(row, next);
    }
    this.events = {
      count: this.rows.moment.length,
      moment: Uint32Array.from(this.rows.moment),
      kind: Uint8Array.from(this.rows.kind),
      life: Int32Array.from(this.rows.life),
    };
  }

  /** Adds the events of a row, from the number `next` of each film on; returns the numbers behind them. */
  joinRow(row, next) {
    const [left, right] = this.films.map((film, side) => {
      const found = [];
      const until = this.momentOf(side, row);
      for (
        let number = next[side];
        number < film.events.count && film.events.moment[number] <= until;
        number += 1
      ) {
        const life = film.events.life[number];
        found.push({
          number,
          kind: this.numbersOfKinds[side][film.events.kind[number]],
          life: this.joint[side][life] ?? -1,
        });
      }
      return found;
    });
    const ends = [next[0] + left.length, next[1] + right.length];
    for (const { number, kind, life } of left) {
      const same = right.findIndex((event) => event.kind === kind && event.life === life);
      const other = same < 0 ? -1 : right.splice(same, 1)[0].number;
      this.addEvent(row, kind, life, number, other);
    }
    for (const { number, kind, life } of right) {
      this.addEvent(row, kind, life, -1, number);
    }
    return ends;
  }

  /** Adds an event: its numbers in both films, -1 where it is not. */
  addEvent(row, kind, life, left, right) {
    const { rows } = this;
    rows.moment.push(row);
    rows.kind.push(kind);
    rows.life.push(life);
    rows.left.push(left);
    rows.right.push(right);
  }

  /** Returns the numbers of the events of a row. */
  eventsOf(row) {
    const { moment, count } = this.events;
    const first = firstWhere(0, count, (number) => moment[number] >= row);
    const last = firstWhere(first, count, (number) => moment[number] > row);
    return Array.from({ length: last - first }, (_, at) => first + at);
  }

  /** Returns an event in words: in those of both films where they differ. */
  eventText(number) {
    const numbers = [this.rows.left[number], this.rows.right[number]];
    const texts = this.films.map((film, side) => (numbers[side] < 0 ? "" : film.eventText(numbers[side])));
    if (!texts[0] && !texts[1]) {
      return APART;
    }
    if (texts[0] === texts[1]) {
      return texts[0];
    }
    return texts
      .map((text, side) => text && `${SIDES[side]}: ${text}`)
      .filter(Boolean)
      .join("; ");
  }

  /**
   * Returns the next (1) or previous (-1) row that has an event of one of these kinds (null: any), -1 if
   * none.
   */
  next(kinds, row, direction) {
    const { moment, kind, count } = this.events;
    const isPast = direction > 0 ? (number) => moment[number] > row : (number) => moment[number] >= row;
    let number = firstWhere(0, count, isPast) - (direction > 0 ? 0 : 1);
    while (number >= 0 && number < count && kinds !== null && !kinds.has(kind[number])) {
      number += direction;
    }
    return number >= 0 && number < count ? moment[number] : -1;
  }
}
