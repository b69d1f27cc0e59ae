// Frames in words: sentences, figures and labels, so that nobody needs the picture.

/** What became of a frame: a word for its cell, a sign for a small one, and what is said of it. */
const CHANGES = {
  taken: { word: "new", sign: "+", said: "taken at this moment" },
  copied: { word: "copy", sign: "+", said: "taken at this moment" },
  freed: { word: "freed", sign: "\u2212", said: "freed at this moment" },
  shared: { word: "shared", sign: "=", said: "shared since this moment" },
  split: { word: "split", sign: "\u2260", said: "split at this moment: a copy was made" },
  left: { word: "left", sign: "<", said: "left by one of its users at this moment" },
  mapped: { word: "mapped", sign: "&", said: "used once more since this moment" },
  moved: { word: "moved", sign: "~", said: "used otherwise since this moment" },
  kept: { word: "kept", sign: "!", said: "kept by its last user at this moment, without a copy" },
};

/** What frames are called by what they are for. */
const FRAME_NOUNS = {
  root: ["root table", "root tables"],
  table: ["page table", "page tables"],
  shared: ["frame of shared memory", "frames of shared memory"],
  page: ["page", "pages"],
  machine: ["frame of the machine", "frames of the machine"],
  any: ["frame", "frames"],
};

/** Kinds of events that a moment is called by, the first that it has. */
const NAMING_EVENTS = ["vfork", "fork", "clone", "exec", "exit", "page fault", "fault", "wait", "signal"];

/** An address as the rest of the page writes it. */
function addressText(address) {
  return `0x${address.toString(16).padStart(8, "0")}`;
}

/** Texts as a list in a sentence. */
function listed(texts) {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

/** The letters of a frame's owners, at most `most` of them before the rest is a number. */
function lettersOf(owners, most = 2) {
  if (owners.length <= most) {
    return owners.map((owner) => owner.letter).join("");
  }
  return most < 2 ? `\u00d7${owners.length}` : `${owners[0].letter}+${owners.length - 1}`;
}

/** What a moment is called by: an event of the process's, and the name of a call; "" where it has none. */
function nameOfMoment(film, moment) {
  const kindOf = (number) => film.eventKinds[film.events.kind[number]];
  const events = new Map(film.eventsOf(moment).map((number) => [kindOf(number), number]));
  const event = NAMING_EVENTS.find((name) => events.has(name)) ?? "";
  const [call] = events.has("call") ? /^\w*/.exec(film.eventText(events.get("call"))) : [""];
  return { event, call };
}

/** What became of the frames at a moment, in one sentence. */
function framesSentence(film, now, changes) {
  if (now.moment === 0) {
    return `The film begins with ${counted(now.cells.size, "frame")} in use.`;
  }
  const { event, call } = nameOfMoment(film, now.moment);
  const parts = changeParts(now, changes);
  if (!parts.length) {
    return event ? `${event}: no frame changed hands${guestsText(film, now)}` : "No frame changed hands.";
  }
  return [event || call, parts.join("; ")].filter(Boolean).join(": ");
}

/** Who has come into the space of another at a moment, as the end of a sentence. */
function guestsText(film, now) {
  for (const number of film.eventsOf(now.moment)) {
    const [life, other] = [film.events.life[number], film.events.other[number]];
    const isVfork = film.eventKinds[film.events.kind[number]] === "vfork" && other >= 0;
    if (isVfork && film.space(life, now.moment) === film.space(other, now.moment)) {
      return `; ${ownerOf(other).letter} is in ${ownerOf(life).letter}\u2019s address space`;
    }
  }
  return "";
}

/** The parts of that sentence: one for each thing that happened to frames. */
function changeParts(now, changes) {
  const of = Object.fromEntries(Object.keys(CHANGES).map((change) => [change, []]));
  for (const [frame, { change }] of changes) {
    of[change].push(frame);
  }
  const parts = [];
  const fresh = [...of.taken, ...of.copied];
  if (fresh.length) {
    parts.push(takenPart(now, fresh, of.copied, changes));
  }
  const tell = (frames, one, several) => {
    if (frames.length) {
      parts.push(frames.length === 1 ? `frame ${frames[0]} ${one}` : `${nounsOf(now, frames)} ${several}`);
    }
  };
  tell(of.shared, "became shared", "became shared");
  tell(of.split, "was split", "were split");
  const isAlone = (frame) => now.cells.get(frame).owners.length < 2;
  tell(of.left.filter(isAlone), "is no longer shared", "are no longer shared");
  tell(of.left.filter((frame) => !isAlone(frame)), "is shared by fewer", "are shared by fewer");
  tell(of.mapped, "is used once more", "are used once more");
  tell(of.moved, "is used otherwise", "are used otherwise");
  tell(of.kept, "was kept by its last user", "were kept by their last user");
  tell(of.freed, "was freed", "were freed");
  return parts;
}

/** How many frames were taken, how many of them as copies, and how many for page tables. */
function takenPart(now, fresh, copied, changes) {
  if (fresh.length < 3) {
    return fresh.map((frame) => {
      const { from } = changes.get(frame);
      const { kind } = now.cells.get(frame);
      const noun = kind === "page" ? "" : ` (${FRAME_NOUNS[kind][0]})`;
      return `frame ${frame} taken${from < 0 ? "" : `, a copy of frame ${from}`}${noun}`;
    }).join("; ");
  }
  const tables = fresh.filter((frame) => isTable(now.cells.get(frame).kind)).length;
  const notes = [];
  if (copied.length) {
    notes.push(counted(copied.length, "copy", "copies"));
  }
  if (tables) {
    notes.push(counted(tables, "table"));
  }
  return `${counted(fresh.length, "frame")} taken${notes.length ? ` (${notes.join(", ")})` : ""}`;
}

/** How many frames of which kinds these are: "12 pages and 2 page tables". */
function nounsOf(now, frames) {
  const counts = new Map();
  for (const frame of frames) {
    const cell = now.cells.get(frame);
    const nouns = cell ? FRAME_NOUNS[isTable(cell.kind) ? "table" : cell.kind] : FRAME_NOUNS.any;
    counts.set(nouns, (counts.get(nouns) || 0) + 1);
  }
  return listed([...counts].map(([nouns, count]) => counted(count, ...nouns)));
}

/** Whether a kind of frame is that of a page table, the root or another. */
function isTable(kind) {
  return kind === "root" || kind === "table";
}

/** All that a cell says, in words. */
function frameSentence(now, frame, change) {
  const cell = now.cells.get(frame);
  const told = change ? `; ${CHANGES[change.change].said}` : "";
  const source = change && change.from >= 0 ? `, a copy of frame ${change.from}` : "";
  if (!cell) {
    return `frame ${frame}: free${told}`;
  }
  const purpose = now.purpose(cell);
  const noun = FRAME_NOUNS[cell.kind][0];
  const what = purpose === cell.kind || isTable(cell.kind) ? noun : `${noun} (${purpose})`;
  if (!cell.owners.length) {
    return `frame ${frame}: ${what}${told}${source}`;
  }
  const letters = listed(cell.owners.map((owner) => owner.letter));
  const shared = cell.owners.length > 1 ? `shared by ${letters}` : `of ${letters} alone`;
  return `frame ${frame}: ${what}, ${shared}${told}${source}`;
}

/** How many frames each owner has alone and shares: [{owner, alone, shared, tables}] by birth. */
function figuresOfOwners(now) {
  const found = new Map();
  for (const { kind, owners } of now.cells.values()) {
    for (const owner of owners) {
      let figures = found.get(owner.letter);
      if (!figures) {
        figures = { owner, alone: 0, shared: 0, tables: 0 };
        found.set(owner.letter, figures);
      }
      figures.alone += owners.length === 1 ? 1 : 0;
      figures.shared += owners.length > 1 ? 1 : 0;
      figures.tables += isTable(kind) ? 1 : 0;
    }
  }
  return [...found.values()].sort((one, other) => one.owner.life - other.owner.life);
}
