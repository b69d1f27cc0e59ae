// The pages of a segment as they are shown: cells, folds of what is alike, and what was cut.

/** Cells of one kind in a row from which on all but the first are folded. */
const LONGEST_RUN = 6;
/** Cells of a segment that are shown at once. */
const MOST_CELLS = 96;
/** Letters of owners in a cell; further ones are counted. */
const MOST_LETTERS = 3;

/** The letters of the processes outside `space` that use a frame. */
function sharersOf(film, frame, space, moment) {
  const letters = new Set();
  for (const each of film.usesOf(frame, moment)) {
    if (each.use === "page" && each.space !== space) {
      film.owners(each.space, moment).forEach((life) => letters.add(ownerOf(life).letter));
    }
  }
  return [...letters];
}

/** Sharers as they fit into a cell: "B", "BCD", "BCD+46"; "s" where no other process is one. */
function sharersText(letters) {
  const more = letters.length - MOST_LETTERS;
  return letters.length ? letters.slice(0, MOST_LETTERS).join("") + (more > 0 ? `+${more}` : "") : "s";
}

/** What is said of a page whose flags were not kept at a moment. */
const FLAGS_NOT_KEPT = "whether it was writable or written is not kept";

/** Whether a write would copy the page first: it may be written, but not yet. */
function awaitsCopy(page, segment) {
  return page.isShared && page.isWritable === false && segment && !segment.shared && segment.protection.includes("w");
}

/** Whether a write would make the page writable first: it is nobody else's any more. */
function awaitsKeeping(page, segment) {
  return !page.isShared && page.isWritable === false && segment && segment.protection.includes("w");
}

/** What is true of a page with a frame, in words; `segment` may be undefined. */
function pageWords(page, segment, letters) {
  const shared = letters.length ? `shared with ${letters.join(", ")}` : "shared";
  return [
    page.isShared ? shared : "",
    page.isWritable === null ? FLAGS_NOT_KEPT : page.isWritable ? "writable now" : "not writable now",
    awaitsCopy(page, segment) ? "copied at the first write" : "",
    awaitsKeeping(page, segment) ? "made writable at the first write, without a copy" : "",
    page.isDirty ? "written" : "",
    page.change,
  ].filter(Boolean).join(", ");
}

/** What pages must have in common to be folded into one. */
function kindOf(page) {
  return (page.isShared ? 1 : 0) + (page.isWritable ? 2 : 0) + (page.isDirty ? 4 : 0);
}

/** What all pages of a kind are, in words. */
function kindWords(page) {
  return [page.isShared ? "shared" : "", page.isWritable ? "writable" : "", page.isDirty ? "written" : ""]
    .filter(Boolean).join(", ");
}

/** Whether a page is always shown by itself. */
function standsAlone(page, chosen) {
  return page.address === chosen || page.change !== "";
}

/** The pages of a segment in order as runs: {start, count, pages}, `pages` empty where none has a frame. */
function runsOf(segment, pages, chosen) {
  const runs = [];
  let next = segment.start;
  const gap = (end) => {
    if (end > next) {
      runs.push({ start: next, count: Math.ceil((end - next) / PAGE_SIZE), pages: [] });
    }
  };
  for (const page of pages) {
    gap(page.address);
    const last = runs[runs.length - 1];
    const joins = last && last.pages.length && kindOf(last.pages[0]) === kindOf(page) &&
      !standsAlone(page, chosen) && !standsAlone(last.pages[0], chosen);
    if (joins) {
      last.pages.push(page);
      last.count += 1;
    } else {
      runs.push({ start: page.address, count: 1, pages: [page] });
    }
    next = page.address + PAGE_SIZE;
  }
  gap(segment.end);
  return runs;
}

/** The items of a run: {address, page, count}; `page` null: no frame; `count` of a fold, 0 of a cell. */
function itemsOf(run, isOpen) {
  const isShort = run.count <= LONGEST_RUN;
  if (run.pages.length && (isShort || isOpen)) {
    return run.pages.map((page) => ({ address: page.address, page, count: 0 }));
  }
  if (run.pages.length) {
    const [first, second] = run.pages;
    return [
      { address: first.address, page: first, count: 0 },
      { address: second.address, page: second, count: run.count - 1 },
    ];
  }
  if (isShort) {
    return Array.from({ length: run.count },
      (_, at) => ({ address: run.start + at * PAGE_SIZE, page: null, count: 0 }));
  }
  return [{ address: run.start, page: null, count: run.count }];
}

/** Which of many items are shown: the end of a stack and else the beginning, what is around the chosen page,
 * and the first of those that changed. */
function keptItems(items, isStack, chosen) {
  const from = isStack ? items.length - MOST_CELLS : 0;
  const kept = new Set(Array.from({ length: MOST_CELLS }, (_, at) => from + at));
  const around = items.findIndex((each) => each.address === chosen);
  for (let at = around - 3; around >= 0 && at <= around + 3; at++) {
    kept.add(at);
  }
  let room = MOST_CELLS;
  items.forEach((item, at) => {
    if (item.page && item.page.change && room > 0) {
      kept.add(at);
      room -= 1;
    }
  });
  return kept;
}

/** A bounded number of items; {cut, present, shared, changed} counts the pages that were cut in between. */
function cutItems(items, isStack, chosen) {
  if (items.length <= MOST_CELLS) {
    return items;
  }
  const kept = keptItems(items, isStack, chosen);
  const shown = [];
  items.forEach((item, at) => {
    if (kept.has(at)) {
      shown.push(item);
      return;
    }
    if (at === 0 || kept.has(at - 1)) {
      shown.push({ cut: 0, present: 0, shared: 0, changed: 0 });
    }
    const last = shown[shown.length - 1];
    const count = item.count || 1;
    last.cut += count;
    last.present += item.page ? count : 0;
    last.shared += item.page && item.page.isShared ? count : 0;
    last.changed += item.page && item.page.change ? count : 0;
  });
  return shown;
}

/** What is said of pages that were cut. */
function cutWords({ cut, present, shared, changed }) {
  const facts = [`${grouped(present)} with a frame`];
  if (shared) {
    facts.push(`${grouped(shared)} shared`);
  }
  if (changed) {
    facts.push(`${grouped(changed)} changed`);
  }
  return `… ${counted(cut, "more page")}: ${facts.join(", ")}`;
}
