// A film: the state of the machine at any moment, found in what was recorded.

const PAGE_SIZE = 4096;
const REGISTERS = 33;
const ZEROS = 0, BYTES = 1, SAME = 2;
const WRITABLE = 1, DIRTY = 2;
const CONTENTS_KEPT = 256;

// Where the rows of each value of a sorted column begin: row starts[value] up to starts[value + 1].
function startsOf(column, values) {
  const starts = new Int32Array(values + 1);
  for (let row = 0; row < column.length; row++) starts[column[row] + 1]++;
  for (let value = 0; value < values; value++) starts[value + 1] += starts[value];
  return starts;
}

// The rows of a table in the order of several columns, the first one above all.
function sortedRows(table, rows, columns) {
  return Int32Array.from(rows).sort((one, other) => {
    for (const column of columns) {
      const difference = table[column][one] - table[column][other];
      if (difference) return difference;
    }
    return one - other;
  });
}

class Film {
  constructor(reel) {
    const { head, tables, texts, bytes } = reel;
    this.head = head;
    this.leftOut = head.leftOut;
    this.frames = head.frames;
    this.count = tables.moments.rows;
    this.eventKinds = head.kinds;
    this.beginKinds = head.causes.map(beginKind);
    this.tables = tables;
    this.texts = texts;
    this.bytes = bytes;
    this.lives = this.#lives();
    this.arrows = this.#arrows();
    this.events = { ...tables.events, count: tables.events.rows };
    const spaces = new Set([...tables.segments.space, ...tables.inside.space]);
    this.spaces = [...spaces].filter(Boolean).sort((one, other) => one - other);
    const lives = this.lives.length;
    this.starts = {
      states: startsOf(tables.states.life, lives),
      names: startsOf(tables.names.life, lives),
      inside: startsOf(tables.inside.life, lives),
      standing: startsOf(tables.standing.life, lives),
      events: startsOf(tables.events.moment, this.count),
      uses: startsOf(tables.uses.frame, this.frames),
      contents: startsOf(tables.contents.frame, this.frames),
      kept: startsOf(tables.kept.frame, this.frames),
    };
    this.pageRows = this.#pageRows();
    this.lifeEvents = this.#eventsByLife();
    this.contentsAt = new Map();
    this.streams = {};
  }

  // --- moments -----------------------------------------------------------------------------------------------

  clock(moment) { return this.tables.moments.clock[moment]; }

  steps(moment) { return this.tables.moments.steps[moment]; }

  // The last moment at or before a clock, the first one at least.
  find(clock) {
    return Math.max(firstWhere(0, this.count, (moment) => this.clock(moment) > clock) - 1, 0);
  }

  // The moment of exactly these clock and steps, or the last one before.
  findExactly(clock, steps) {
    const isBehind = (moment) =>
      this.clock(moment) > clock || (this.clock(moment) === clock && this.steps(moment) > steps);
    return Math.max(firstWhere(0, this.count, isBehind) - 1, 0);
  }

  clockText(clock) { return `${Math.round(clock).toLocaleString("en-US")} ns`; }

  // Whether contents, registers, lines and arguments of calls were kept of a moment.
  hasDetails(moment) { return moment < this.head.details; }

  // --- lives -------------------------------------------------------------------------------------------------

  #lives() {
    const { lives } = this.tables;
    return Array.from({ length: lives.rows }, (_, id) => ({
      id, tid: lives.tid[id], pid: lives.pid[id], parent: lives.parent[id], how: this.texts[lives.how[id]],
      born: lives.born[id], gone: Math.min(lives.gone[id], this.count),
    }));
  }

  #arrows() {
    const { arrows } = this.tables;
    return Array.from({ length: arrows.rows }, (_, row) => ({
      kind: this.head.arrows[arrows.kind[row]], from: arrows.from[row], to: arrows.to[row],
      moment: arrows.moment[row], text: this.texts[arrows.text[row]],
    }));
  }

  isThere(life, moment) {
    const { born, gone } = this.lives[life];
    return born <= moment && moment < gone;
  }

  // The row of a table by life that holds at a moment, -1 before the first one.
  #rowOf(name, life, moment) {
    const starts = this.starts[name], table = this.tables[name];
    const row = firstWhere(starts[life], starts[life + 1], (each) => table.moment[each] > moment) - 1;
    return row >= starts[life] ? row : -1;
  }

  #stateAt(row, life) {
    const { states } = this.tables;
    const isLast = row + 1 >= this.starts.states[life + 1];
    return {
      state: this.head.states[states.state[row]], why: this.texts[states.why[row]], from: states.moment[row],
      to: isLast ? this.lives[life].gone : states.moment[row + 1],
    };
  }

  state(life, moment) {
    const row = this.#rowOf("states", life, moment);
    if (row < 0) return { state: "none", why: "", from: 0, to: this.lives[life].born };
    return this.#stateAt(row, life);
  }

  states(life) {
    const rows = [];
    for (let row = this.starts.states[life]; row < this.starts.states[life + 1]; row++) {
      const found = this.#stateAt(row, life);
      if (found.state !== "none" && found.to > found.from) rows.push(found);
    }
    return rows;
  }

  name(life, moment) {
    const row = this.#rowOf("names", life, moment);
    return row < 0 ? "" : this.texts[this.tables.names.name[row]];
  }

  space(life, moment) {
    const row = this.#rowOf("inside", life, moment);
    return row < 0 ? 0 : this.tables.inside.space[row];
  }

  owners(space, moment) {
    return this.lives.filter((life) => this.isThere(life.id, moment) && this.space(life.id, moment) === space)
      .map((life) => life.id);
  }

  // --- frames ------------------------------------------------------------------------------------------------

  #pageRows() {
    const { uses } = this.tables;
    const page = this.head.uses.indexOf("page"), rows = new Map();
    for (let row = 0; row < uses.rows; row++) {
      if (uses.use[row] !== page) continue;
      if (!rows.has(uses.space[row])) rows.set(uses.space[row], []);
      rows.get(uses.space[row]).push(row);
    }
    for (const [space, found] of rows) rows.set(space, sortedRows(uses, found, ["address", "from"]));
    return rows;
  }

  #use(row) {
    const { uses } = this.tables;
    return {
      frame: uses.frame[row], use: this.head.uses[uses.use[row]], space: uses.space[row],
      address: uses.address[row] >>> 0, from: uses.from[row], kind: this.beginKinds[uses.cause[row]],
      other: uses.origin[row],
    };
  }

  #holds(row, moment) {
    const { uses } = this.tables;
    return uses.from[row] <= moment && moment < uses.to[row];
  }

  // Each use has {from, kind, other} as well: since when, how it began, and the frame that it was copied from or -1.
  uses(moment) {
    const found = [];
    for (let row = 0; row < this.tables.uses.rows; row++) if (this.#holds(row, moment)) found.push(this.#use(row));
    return found;
  }

  usesOf(frame, moment) {
    const found = [];
    for (let row = this.starts.uses[frame]; row < this.starts.uses[frame + 1]; row++) {
      if (this.#holds(row, moment)) found.push(this.#use(row));
    }
    return found;
  }

  // The frames that a write found with nobody else at a moment, and that its writer kept therefore.
  keptAt(moment) {
    const { kept } = this.tables, found = [];
    for (let row = 0; row < kept.rows; row++) if (kept.moment[row] === moment) found.push(kept.frame[row]);
    return found;
  }

  // The frames that are used at any moment, in order.
  get everUsed() {
    const { frame } = this.tables.uses;
    return frame.filter((each, row) => row === 0 || frame[row - 1] !== each);
  }

  // How many frames are used for what, each counted once: by the first of its uses.
  used(moment) {
    const { uses } = this.tables, counts = { page: 0, table: 0, root: 0, shared: 0, machine: 0 };
    let last = -1, all = 0;
    for (let row = 0; row < uses.rows; row++) {
      if (uses.frame[row] === last || !this.#holds(row, moment)) continue;
      last = uses.frame[row];
      counts[this.head.uses[uses.use[row]]]++;
      all++;
    }
    const { page, table, root, shared, machine } = counts;
    return { page, table: table + root, shared, machine, free: this.frames - all };
  }

  // --- spaces ------------------------------------------------------------------------------------------------

  segments(space, moment) {
    const { segments } = this.tables, found = [];
    const start = firstWhere(0, segments.rows, (row) => segments.space[row] >= space);
    for (let row = start; row < segments.rows && segments.space[row] === space; row++) {
      if (segments.from[row] > moment || moment >= segments.to[row]) continue;
      found.push({
        start: segments.start[row] >>> 0, end: segments.end[row] >>> 0 || 4294967296,
        protection: this.texts[segments.protection[row]], name: this.texts[segments.name[row]],
        path: this.texts[segments.path[row]], offset: segments.offset[row], shared: segments.shared[row] === 1,
      });
    }
    return found.sort((one, other) => one.start - other.start);
  }

  pages(space, moment) {
    const { uses } = this.tables, found = [];
    for (const row of this.pageRows.get(space) ?? []) {
      if (!this.#holds(row, moment)) continue;
      const frame = uses.frame[row], address = uses.address[row] >>> 0;
      const bits = this.#bits(space, uses.address[row], moment);
      let users = 0;
      for (let other = this.starts.uses[frame]; other < this.starts.uses[frame + 1]; other++) {
        if (this.#holds(other, moment)) users++;
      }
      const isKept = this.hasDetails(moment);
      const isWritable = isKept ? (bits & WRITABLE) > 0 : null, isDirty = isKept ? (bits & DIRTY) > 0 : null;
      found.push({ address, frame, isShared: users > 1, isWritable, isDirty });
    }
    return found.sort((one, other) => one.address - other.address);
  }

  #bits(space, address, moment) {
    const { flags } = this.tables;
    const isBehind = (row) => flags.space[row] > space || (flags.space[row] === space
      && (flags.address[row] > address || (flags.address[row] === address && flags.moment[row] > moment)));
    const row = firstWhere(0, flags.rows, isBehind) - 1;
    return row >= 0 && flags.space[row] === space && flags.address[row] === address ? flags.bits[row] : 0;
  }

  // --- contents ----------------------------------------------------------------------------------------------

  content(frame, moment) {
    const isPage = (each) => each.use === "page" || each.use === "shared";
    if (!this.hasDetails(moment) || !this.usesOf(frame, moment).some(isPage)) return null;
    const { contents } = this.tables, start = this.starts.contents[frame];
    const end = firstWhere(start, this.starts.contents[frame + 1], (row) => contents.moment[row] > moment);
    if (end === start) return null;
    const key = frame * 4294967296 + (end - start);
    if (this.contentsAt.has(key)) return this.contentsAt.get(key);
    let first = end - 1;
    while (first > start && contents.what[first] === BYTES) first--;
    let content = new Uint8Array(PAGE_SIZE);
    if (contents.what[first] === SAME) {
      const other = this.content(contents.offset[first], contents.length[first]);
      content = other === null ? content : other.slice();
    }
    for (let row = first; row < end; row++) {
      if (contents.what[row] !== BYTES) continue;
      const at = contents.at[row];
      content.set(this.bytes.subarray(at, at + contents.length[row]), contents.offset[row]);
    }
    if (this.contentsAt.size >= CONTENTS_KEPT) this.contentsAt.clear();
    this.contentsAt.set(key, content);
    return content;
  }

  // The bytes of a frame that are not as they were a moment before: [[offset, length], …].
  changed(frame, moment) {
    if (!this.#isTouched(frame, moment)) return [];
    const now = this.content(frame, moment), before = moment > 0 ? this.content(frame, moment - 1) : null;
    const runs = [];
    if (now === null || before === null || now === before) return runs;
    for (let at = 0; at < PAGE_SIZE; at++) {
      if (now[at] === before[at]) continue;
      const last = runs[runs.length - 1];
      if (last && last[0] + last[1] === at) last[1]++;
      else runs.push([at, 1]);
    }
    return runs;
  }

  // Whether anything was recorded of a frame's content at this very moment: most frames need no comparing.
  #isTouched(frame, moment) {
    const { contents } = this.tables, end = this.starts.contents[frame + 1];
    const row = firstWhere(this.starts.contents[frame], end, (each) => contents.moment[each] >= moment);
    return row < end && contents.moment[row] === moment;
  }

  // --- where a thread stands ----------------------------------------------------------------------------------

  // Whether a thread can stand anywhere: one that has ended and was not collected does not.
  #isLiving(life, moment) {
    return this.isThere(life, moment) && this.state(life, moment).state !== "zombie";
  }

  registers(life, moment) {
    if (!this.hasDetails(moment) || !this.#isLiving(life, moment)) return null;
    const { registers } = this.tables, values = new Uint32Array(REGISTERS);
    let isKnown = false;
    for (let register = 0; register < REGISTERS; register++) {
      const isBehind = (row) => registers.life[row] > life || (registers.life[row] === life
        && (registers.register[row] > register
          || (registers.register[row] === register && registers.moment[row] > moment)));
      const row = firstWhere(0, registers.rows, isBehind) - 1;
      if (row < 0 || registers.life[row] !== life || registers.register[row] !== register) continue;
      values[register] = registers.value[row];
      isKnown = true;
    }
    return isKnown ? values : null;
  }

  place(life, moment) {
    const isKnown = this.hasDetails(moment) && this.#isLiving(life, moment);
    const row = isKnown ? this.#rowOf("standing", life, moment) : -1;
    if (row < 0) return { function: "", file: "", line: 0, inner: "" };
    const { places } = this.tables, place = this.tables.standing.place[row];
    return {
      function: this.texts[places.function[place]], file: this.texts[places.file[place]], line: places.line[place],
      inner: this.texts[places.inner[place]],
    };
  }

  source(file) {
    const lines = this.head.sources[file];
    return lines && lines.length ? lines : null;
  }

  // --- events ------------------------------------------------------------------------------------------------

  #eventsByLife() {
    const { events } = this.tables, starts = startsOf(events.life.map((life) => Math.max(life, 0)), this.lives.length);
    const next = starts.slice(), rows = new Int32Array(events.rows);
    for (let row = 0; row < events.rows; row++) rows[next[Math.max(events.life[row], 0)]++] = row;
    return { starts, rows };
  }

  eventText(number) { return this.texts[this.tables.events.text[number]]; }

  eventsOf(moment) {
    const start = this.starts.events[moment];
    return Array.from({ length: this.starts.events[moment + 1] - start }, (_, index) => start + index);
  }

  next(kinds, moment, direction) {
    const { events } = this.tables;
    const isWanted = (row) => kinds === null || kinds.has(events.kind[row]);
    if (direction > 0) {
      for (let row = this.starts.events[moment + 1]; row < events.rows; row++) {
        if (isWanted(row)) return events.moment[row];
      }
    } else {
      for (let row = this.starts.events[moment] - 1; row >= 0; row--) if (isWanted(row)) return events.moment[row];
    }
    return -1;
  }

  // The moment since which a thread waits, or has waited last.
  #waitsSince(life, moment) {
    for (let at = moment; this.isThere(life, at);) {
      const { state, from } = this.state(life, at);
      if (state === "blocked" || state === "suspended") return from;
      at = from - 1;
    }
    return 0;
  }

  // What a thread's call is: one that it has made at this very moment, or one that it waits in or will make again.
  call(life, moment) {
    const { events } = this.tables, { starts, rows } = this.lifeEvents;
    const call = this.eventKinds.indexOf("call"), block = this.eventKinds.indexOf("block");
    if (!this.isThere(life, moment)) return "";
    const isOver = this.state(life, moment).state === "zombie";
    let at = firstWhere(starts[life], starts[life + 1], (index) => events.moment[rows[index]] > moment) - 1;
    for (; at >= starts[life]; at--) {
      const row = rows[at];
      if (events.life[row] !== life) continue;
      if (events.kind[row] === call) return events.moment[row] === moment ? this.eventText(row) : "";
      if (events.kind[row] === block) {
        return isOver || events.moment[row] < this.#waitsSince(life, moment) ? "" : this.eventText(row);
      }
    }
    return "";
  }

  // All that was read, or all that was written, in order.
  #decoded(isInput) {
    const { streams } = this.tables, decoders = new Map(), found = [];
    for (let row = 0; row < streams.rows; row++) {
      const stream = this.head.streams[streams.stream[row]];
      if ((stream === "input") !== isInput) continue;
      if (!decoders.has(stream)) decoders.set(stream, new TextDecoder("utf-8", { ignoreBOM: true }));
      const at = this.head.written + streams.at[row];
      const text = decoders.get(stream).decode(this.bytes.subarray(at, at + streams.length[row]), { stream: true });
      found.push({ moment: streams.moment[row], life: streams.life[row], stream, text });
    }
    return found;
  }

  // The same up to a moment; all is decoded once, for a program may write byte by byte.
  #streams(moment, isInput) {
    const parts = (this.streams[isInput] ??= this.#decoded(isInput));
    return parts.slice(0, firstWhere(0, parts.length, (at) => parts[at].moment > moment));
  }

  output(moment) { return this.#streams(moment, false); }

  input(moment) { return this.#streams(moment, true); }

  // --- a frame's story ---------------------------------------------------------------------------------------

  story(frame) {
    const { uses, kept } = this.tables, found = [];
    for (let row = this.starts.uses[frame]; row < this.starts.uses[frame + 1]; row++) {
      found.push(this.#entry(uses.from[row], uses.by[row], frameBegins(this, row), uses.origin[row]));
      if (uses.to[row] < this.count) {
        found.push(this.#entry(uses.to[row], uses.ended_by[row], frameEnds(this, row), -1));
      }
    }
    for (let row = this.starts.kept[frame]; row < this.starts.kept[frame + 1]; row++) {
      found.push(this.#entry(kept.moment[row], kept.by[row], ["cow-kept", "kept: nobody else has it any more"], -1));
    }
    return found.sort((one, other) => one.moment - other.moment);
  }

  #entry(moment, life, [kind, text], other) {
    const { file, line } = life >= 0 ? this.place(life, moment) : { file: "", line: 0 };
    return { moment, kind, text, life, other, file, line };
  }
}
