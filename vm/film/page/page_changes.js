// What changed in a space at a moment, as far as it was kept.

/** Pages that are looked at, at most, on the way back to the last change. */
const MOST_LOOKS = 20000;

/** The [offset, length] of the bytes in which two contents differ. */
function differences(before, after) {
  const found = [];
  for (let at = 0; at < after.length; at++) {
    if (before[at] !== after[at]) {
      const start = at;
      while (at < after.length && before[at] !== after[at]) {
        at += 1;
      }
      found.push([start, at - start]);
    }
  }
  return found;
}

/** The frame that each page of a space had at a moment. */
function framesOf(film, space, moment) {
  return new Map(moment < 0 ? [] : film.pages(space, moment).map((each) => [each.address, each.frame]));
}

/** The bytes of a page that are other than a moment ago, whichever frame it was in then. */
function bytesChanged(film, frame, frameBefore, moment) {
  if (frameBefore === undefined || moment === 0) {
    return [];
  }
  if (frame === frameBefore) {
    return film.changed(frame, moment);
  }
  const before = film.content(frameBefore, moment - 1);
  const after = film.content(frame, moment);
  return before && after ? differences(before, after) : [];
}

/** By whom bytes of a process's memory were changed at a moment, if by another one: " by 3 (B)", else "".
 * Between two moments one thread alone runs. */
function byWhom(film, life, moment) {
  const ran = (each) => film.isThere(each.id, moment - 1) && film.state(each.id, moment - 1).state === "running";
  const writer = moment > 0 ? film.lives.find(ran) : undefined;
  return writer && writer.pid !== film.lives[life].pid ? ` by ${processName(film, writer.id)}` : "";
}

/** The pages of the space of a life with what became of each at this moment: `change` in words, "" for nothing;
 * `writer`, the words for another process that has changed it; `frameBefore`, undefined for none. */
function pagesWithChanges(film, space, moment, life) {
  const before = framesOf(film, space, moment - 1);
  const writer = byWhom(film, life, moment);
  const isNew = before.size === 0;
  return film.pages(space, moment).map((page) => {
    const frameBefore = before.get(page.address);
    let [change, by] = ["", ""];
    if (!isNew && frameBefore === undefined) {
      change = "new at this moment";
    } else if (!isNew && frameBefore !== page.frame) {
      change = "in another frame since this moment";
    } else if (!isNew && film.changed(page.frame, moment).length) {
      [change, by] = [`changed at this moment${writer}`, writer];
    }
    return { ...page, change, writer: by, frameBefore };
  });
}

/** The page that was changed last in the space that a life has: {address, moment}, the address -1 if none was
 * found back to that moment. Of several it is `preferred`, else the lowest: data come before the stack. */
function lastChange(film, life, moment, preferred) {
  const space = film.space(life, moment);
  let looks = MOST_LOOKS;
  let at = moment;
  for (; at > 0 && looks > 0 && film.space(life, at) === space; at--) {
    const pages = film.pages(space, at);
    const changed = pages.filter((each) => film.changed(each.frame, at).length);
    if (changed.length) {
      const chosen = changed.find((each) => each.address === preferred) ?? changed[0];
      return { address: chosen.address, moment: at };
    }
    looks -= 4 + pages.length; // a moment costs as much as a few pages
  }
  return { address: -1, moment: at };
}
