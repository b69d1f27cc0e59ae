// What physical memory holds at a moment, and what of it changed there: plain data, no elements.

/** Who has a space that nobody is in. */
const NOBODY = { index: -1, letter: "?", label: "nobody", life: -1, others: [] };

/** How a use may begin that leaves the frame's bytes as they are. */
const KEEPING = new Set(["shared", "exec", "call", "machine", "shared memory", "there"]);

/** The spaces and frames of one moment: `cells` has {frame, kind, uses, owners} of each frame in use. */
class FramesAt {
  constructor(film, moment) {
    this.film = film;
    this.moment = moment;
    this.cells = new Map();
    this._owners = new Map();
    this._segments = new Map();
    for (const use of film.uses(moment)) {
      const cell = this.cells.get(use.frame);
      if (cell) {
        cell.uses.push(use);
      } else {
        this.cells.set(use.frame, { frame: use.frame, kind: "", uses: [use], owners: [] });
      }
    }
    for (const cell of this.cells.values()) {
      cell.kind = kindOfUses(cell.uses);
      cell.owners = this._ownersOf(cell.uses);
    }
  }

  /** Who is shown as the owner of a space: its first life; `others` are those in it of other processes. */
  owner(space) {
    let found = this._owners.get(space);
    if (found === undefined) {
      const lives = this.film.owners(space, this.moment);
      const { pid } = lives.length ? this.film.lives[lives[0]] : NOBODY;
      const others = lives.filter((life) => this.film.lives[life].pid !== pid);
      found = lives.length ? { ...ownerOf(lives[0]), life: lives[0], others } : NOBODY;
      this._owners.set(space, found);
    }
    return found;
  }

  /** The segment of a space that an address lies in, or null. */
  segment(space, address) {
    if (!this._segments.has(space)) {
      this._segments.set(space, this.film.segments(space, this.moment));
    }
    const segments = this._segments.get(space);
    let low = 0;
    let high = segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle].end <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < segments.length && segments[low].start <= address ? segments[low] : null;
  }

  /** What a cell's frame is for, in a word or two: the segment of its page, or its use. */
  purpose(cell) {
    if (cell.kind === "page" || cell.kind === "shared") {
      const use = cell.uses.find((one) => one.use === "page");
      const segment = use && this.segment(use.space, use.address);
      return segment ? visibleText(segment.name) : cell.kind === "page" ? "page" : "object";
    }
    return cell.kind;
  }

  /** The owners of a frame, each once, in the order of their births. */
  _ownersOf(uses) {
    const found = [];
    for (const use of uses) {
      if (isOfSpace(use)) {
        const owner = this.owner(use.space);
        if (!found.includes(owner)) {
          found.push(owner);
        }
      }
    }
    return found.length > 1 ? found.sort((one, other) => one.life - other.life) : found;
  }
}

/** Whether a use is one by an address space. */
function isOfSpace(use) {
  return use.use === "page" || use.use === "table" || use.use === "root";
}

/** What a frame counts as that is used so. */
function kindOfUses(uses) {
  if (uses.length === 1) {
    return uses[0].use;
  }
  return ["root", "table", "shared", "page", "machine"].find((kind) => uses.some((use) => use.use === kind));
}

/** How a frame's users are told apart from those of another moment. */
function spacesOf(cell) {
  return new Set(cell.uses.filter(isOfSpace).map((use) => use.space));
}

/** What became of frames at the moment of `now`: frame -> {change, from}: copied from which, or -1. */
function framesChanged(before, now) {
  const found = new Map();
  for (const [frame, cell] of now.cells) {
    const change = changeOf(before, now, cell);
    if (change) {
      found.set(frame, { change, from: -1 });
    }
  }
  for (const frame of before.cells.keys()) {
    if (!now.cells.has(frame)) {
      found.set(frame, { change: "freed", from: -1 });
    }
  }
  for (const frame of now.film.keptAt(now.moment)) {
    if (now.cells.has(frame) && !found.has(frame)) {
      found.set(frame, { change: "kept", from: -1 });
    }
  }
  markCopies(before, now, found);
  return found;
}

/** What became of one frame in use, "" if nothing. */
function changeOf(before, now, cell) {
  const old = before.cells.get(cell.frame);
  const fresh = cell.uses.filter((use) => use.from === now.moment);
  if (!old || (fresh.length === cell.uses.length && fresh.some((use) => !KEEPING.has(use.kind)))) {
    return "taken";
  }
  if (!fresh.length && old.uses.length === cell.uses.length) {
    return "";
  }
  const [was, is] = [spacesOf(old), spacesOf(cell)];
  const gained = [...is].filter((space) => !was.has(space)).length;
  const lost = [...was].filter((space) => !is.has(space)).length;
  if (gained !== lost) {
    return lost > gained ? "left" : is.size > 1 ? "shared" : "mapped";
  }
  return fresh.length && cell.uses.length - fresh.length === old.uses.length ? "mapped" : "moved";
}

/** Tells those that were taken from their copies, and those that are split from those that were only left. */
function markCopies(before, now, changes) {
  const tables = new Map();
  for (const { kind, uses } of before.cells.values()) {
    if (kind === "table") {
      uses.forEach((use) => tables.set(`${use.space} ${use.address}`, use.frame));
    }
  }
  for (const [frame, found] of changes) {
    if (found.change === "taken") {
      found.from = sourceOf(now, now.cells.get(frame), tables);
      found.change = found.from < 0 ? "taken" : "copied";
      const source = changes.get(found.from);
      if (source && source.change === "left") {
        source.change = "split";
      }
    }
  }
}

/** The frame that one in use was copied from now, or -1; of a table the one that it stands in for. */
function sourceOf(now, { frame, uses }, tables) {
  const told = uses.find((use) => use.from === now.moment && use.other >= 0);
  if (told) {
    return told.other;
  }
  const old = uses[0].use === "table" ? tables.get(`${uses[0].space} ${uses[0].address}`) ?? -1 : -1;
  return old !== frame && now.cells.has(old) ? old : -1;
}

/** Adds a value to the list that a map has for a key. */
function addTo(map, key, value) {
  const values = map.get(key);
  if (values) {
    values.push(value);
  } else {
    map.set(key, [value]);
  }
}
