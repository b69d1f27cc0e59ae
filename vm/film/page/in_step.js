// Two films of one program in step: which moment of the one belongs to which of the other.
//
// What a program does is told in both films, whatever fork makes of its memory: the n-th event of a kind and
// a thread in one film is the n-th in the other. As many of these pairs as have one order in both are steps
// of both films at once. What lies between two of them follows by guest time. Where it has what a program
// does, the films are out of step there.

/**
 * Kinds of events that tell how memory is kept and who runs, not what the program does: they pair nothing.
 */
const UNPAIRED = new Set(["page fault", "frames", "map", "run", "block", "wake", "pipe", "resume", "notice"]);

/** Kinds that are one thing to the program, whatever the machine makes of it. */
const PAIRED_AS = { vfork: "fork" };

/** Returns the numbers of the events of a film that tell what the program does. */
function landmarksOf(film) {
  const pairs = film.eventKinds.map((kind) => !UNPAIRED.has(kind));
  const found = [];
  film.events.kind.forEach((kind, number) => pairs[kind] && found.push(number));
  return found;
}

/**
 * Returns a name for each life of a film, the same in every film of the program: its number, and which of
 * these.
 */
function threadNames(film) {
  const times = new Map();
  return film.lives.map(({ tid }) => {
    times.set(tid, (times.get(tid) ?? 0) + 1);
    return `${tid}, ${times.get(tid)}`;
  });
}

/**
 * Returns a number for the kind and thread of each landmark, the same in both films: numberOf() of a text.
 */
function signatures(film, landmarks, numberOf) {
  const threads = threadNames(film);
  const kinds = film.eventKinds.map((kind) => PAIRED_AS[kind] ?? kind);
  const known = new Int32Array((threads.length + 1) * kinds.length).fill(-1);
  return Int32Array.from(landmarks, (number) => {
    const { kind, life } = film.events;
    const key = (life[number] + 1) * kinds.length + kind[number];
    if (known[key] < 0) {
      known[key] = numberOf(`${kinds[kind[number]]} ${threads[life[number]] ?? ""}`);
    }
    return known[key];
  });
}

/**
 * Returns for each of the first signatures the place where the second have it as many times up to then, or
 * -1.
 */
function partners(first, second, count) {
  const places = Array.from({ length: count }, () => []);
  second.forEach((signature, place) => places[signature].push(place));
  const used = new Int32Array(count);
  return first.map((signature) => places[signature][used[signature]++] ?? -1);
}

/** Returns the places of as many of the values as rise from each to the next; -1 is none. */
function longestRising(values) {
  const ends = [];
  const before = new Int32Array(values.length).fill(-1);
  values.forEach((value, place) => {
    if (value >= 0) {
      const at = firstWhere(0, ends.length, (length) => values[ends[length]] >= value);
      before[place] = at ? ends[at - 1] : -1;
      ends[at] = place;
    }
  });
  for (let at = ends.length - 1; at > 0; at -= 1) {
    ends[at - 1] = before[ends[at]];
  }
  return ends;
}

/**
 * Two films as rows: in each, a moment of the left one stands beside one of the right one, and neither goes
 * back.
 */
class InStep {
  constructor(left, right) {
    this.films = [left, right];
    this.moments = [[0], [0]];
    /** Of each row, whether the films do different things there. */
    this.isApart = [false];
    /** Where they do, as {from, to} in rows. */
    this.stretches = [];
    this.pair();
    this.count = this.isApart.length;
    /** How the two go together on the whole, in a sentence. */
    this.summary = this.summarize();
  }

  /** Goes from each pair of landmarks to the next. */
  pair() {
    const landmarks = this.films.map(landmarksOf);
    const numbers = new Map();
    const numberOf = (text) => numbers.get(text) ?? numbers.set(text, numbers.size).size - 1;
    const signed = this.films.map((film, side) => signatures(film, landmarks[side], numberOf));
    const partner = partners(signed[0], signed[1], numbers.size);
    const momentOf = (side, place) => this.films[side].events.moment[landmarks[side][place]];
    let [left, right] = [0, 0];
    for (const place of longestRising(partner)) {
      const isApart = place > left || partner[place] > right;
      this.walk(momentOf(0, place), momentOf(1, partner[place]), 1, isApart);
      [left, right] = [place + 1, partner[place] + 1];
    }
    const isApart = left < landmarks[0].length || right < landmarks[1].length;
    this.walk(this.films[0].count - 1, this.films[1].count - 1, 0, isApart);
  }

  /**
   * Goes on to a moment of each film: to what is on the way by how much later it is, at `last` to both at
   * once.
   */
  walk(left, right, last, isApart) {
    const begin = this.isApart.length;
    let [a, b] = [this.moments[0][begin - 1], this.moments[1][begin - 1]];
    const [sinceA, sinceB] = [this.films[0].clock(a), this.films[1].clock(b)];
    const [stopA, stopB] = [left > a ? left - last : a, right > b ? right - last : b];
    while (a < stopA || b < stopB) {
      const timeA = a < stopA ? this.films[0].clock(a + 1) - sinceA : Infinity;
      const timeB = b < stopB ? this.films[1].clock(b + 1) - sinceB : Infinity;
      a += timeA <= timeB ? 1 : 0;
      b += timeB <= timeA ? 1 : 0;
      this.push(a, b, isApart);
    }
    const isAtOnce = isApart && this.isApart.length === begin;
    if (left > a || right > b) {
      this.push(Math.max(left, a), Math.max(right, b), isAtOnce);
    }
    if (this.isApart[begin]) {
      const to = this.isApart.length - (this.isApart.at(-1) ? 0 : 1);
      this.stretches.push({ from: begin, to });
    }
  }

  /** Adds a row. */
  push(left, right, isApart) {
    this.moments[0].push(left);
    this.moments[1].push(right);
    this.isApart.push(isApart);
  }

  /** Returns the row in which a film comes to a moment. */
  rowOf(side, moment) {
    return firstWhere(0, this.count - 1, (row) => this.moments[side][row] >= moment);
  }

  /** Returns whether a film goes on in a row. */
  moves(side, row) {
    return row === 0 || this.moments[side][row] > this.moments[side][row - 1];
  }

  /** Returns how much later it is in the left film than in the right one, in ns. */
  lead(row) {
    return this.films[0].clock(this.moments[0][row]) - this.films[1].clock(this.moments[1][row]);
  }

  /** Says what a row is. */
  sentence(row) {
    if (this.isApart[row]) {
      return "Out of step: the two runs go different ways here.";
    }
    if (this.moves(0, row) !== this.moves(1, row)) {
      return `In step; only the ${this.moves(0, row) ? "left" : "right"} run has something here.`;
    }
    const lead = this.lead(row);
    const later = `it is ${grouped(Math.abs(lead))} ns later in the ${lead > 0 ? "left" : "right"} run`;
    return lead === 0 ? "In step, at the same guest time." : `In step, event by event; ${later}.`;
  }

  /** Says how the two go together on the whole. */
  summarize() {
    const times = this.stretches.length;
    if (times > 0) {
      const [film] = this.films;
      const clock = film.clock(this.moments[0][this.stretches[0].from]);
      const often = times === 1 ? "once" : `${grouped(times)} times`;
      return `Out of step ${often}, first at ${film.clockText(clock)}.`;
    }
    for (let row = 0; row < this.count; row += 1) {
      if (this.moves(0, row) && this.moves(1, row) && this.lead(row) !== 0) {
        return "To the end in step by events: the clocks differ.";
      }
    }
    return "To the end in step by guest time.";
  }
}
