// Which arrows stand on the lanes in sight: one by one where there is room, as a crowd where there is not.

/** Of so many arrows of a kind at most it is looked whether they are among the lanes in sight. */
const LOOKED_AT = 4000;
/** More arrows of a kind than these within so many CSS pixels are a crowd. */
const CROWD = { pixels: 12, arrows: 3 };
/** A kind whose crowds cover more of the width than this is left out. */
const COVERED = 1 / 3;

const arrowLists = new Map();

/** Returns the numbers of film.arrows of a kind, in order of their moments. */
function arrowsOf(film, kind) {
  if (arrowLists.size === 0) {
    for (const name of Object.keys(ARROW_FORMS)) {
      arrowLists.set(name, []);
    }
    film.arrows.forEach((arrow, number) => arrowLists.get(arrow.kind)?.push(number));
  }
  return arrowLists.get(kind);
}

/**
 * Returns {groups, left}: the arrows in sight to or from the lives from first up to end, the more telling
 * kinds first, those that stand together in one group; and of the kinds that are too many how many they are:
 * [[kind, number]].
 */
function arrowsInSight(film, first, end) {
  const isInSight = ({ from, to }) => (first <= to && to < end) || (first <= from && from < end);
  const found = { groups: [], left: [] };
  for (const kind of Object.keys(ARROW_FORMS)) {
    const numbers = arrowsOf(film, kind);
    const xOf = (index) => timeline.x(film.arrows[numbers[index]].moment);
    const begin = firstWhere(0, numbers.length, (index) => xOf(index) >= 0);
    const stop = firstWhere(begin, numbers.length, (index) => xOf(index) > timeline.width);
    if (stop - begin > LOOKED_AT) {
      found.left.push([kind, stop - begin]);
      continue;
    }
    const seen = numbers.slice(begin, stop).map((number) => film.arrows[number]);
    const groups = groupsOf(seen.filter(isInSight));
    const covered = groups.reduce(
      (sum, { arrows, left, right }) => sum + (arrows.length > 1 ? right - left : 0),
      0,
    );
    if (covered > timeline.width * COVERED) {
      found.left.push([kind, seen.filter(isInSight).length]);
    } else {
      found.groups.push(...groups);
    }
  }
  return found;
}

/** Returns arrows of one kind in groups {arrows, left, right}: of one each, but for crowds. */
function groupsOf(arrows) {
  const placeOf = (arrow) => Math.floor(timeline.x(arrow.moment) / CROWD.pixels);
  const groups = [];
  for (let first = 0; first < arrows.length;) {
    const place = placeOf(arrows[first]);
    const next = firstWhere(first, arrows.length, (index) => placeOf(arrows[index]) > place);
    const here = arrows.slice(first, next);
    const last = groups[groups.length - 1];
    const right = timeline.x(here[here.length - 1].moment);
    if (here.length <= CROWD.arrows) {
      groups.push(...here.map((arrow) => ({ arrows: [arrow], left: timeline.x(arrow.moment), right })));
    } else if (last && last.arrows.length > 1 && placeOf(last.arrows[last.arrows.length - 1]) === place - 1) {
      last.arrows.push(...here);
      last.right = right;
    } else {
      groups.push({ arrows: here, left: timeline.x(here[0].moment), right });
    }
    first = next;
  }
  return groups;
}

/**
 * Draws the arrows to or from the lives from first up to end; returns {hits, left}: where they are, and the
 * rest.
 */
function paintMarks(context, film, first, end) {
  const { groups, left } = arrowsInSight(film, first, end);
  const hits = groups.map((group) =>
    group.arrows.length > 1 ? paintCrowd(context, group) : paintOne(context, group),
  );
  const boxes = [];
  for (const hit of hits) {
    paintWord(context, hit, hits, boxes);
  }
  return { hits, left };
}

/** Draws an arrow; one to or from the machine begins above the lane of the other. */
function paintOne(context, { arrows: [arrow], left: x }) {
  const lane = processes.yOf(Math.max(arrow.from, arrow.to));
  const beyond = Math.max(lane - processes.row * 0.7, processes.head - rem() * 0.3);
  const target = arrow.to < 0 ? beyond : processes.yOf(arrow.to);
  const source = arrow.from < 0 ? beyond : processes.yOf(arrow.from);
  const down = Math.sign(target - source) || 1;
  drawArrow(context, arrow, x, source, target);
  return {
    moment: arrow.moment,
    left: x,
    right: x,
    top: Math.min(source, target) - 8,
    bottom: Math.max(source, target) + 8,
    gaps: [Math.max(target - (down * processes.row) / 2, processes.head + rem() * 0.55)],
    word: arrow.to < 0 ? "" : arrowWord(arrow),
    sentence: arrowSentence(arrow),
  };
}

/** Draws a crowd of arrows as a band over all lanes that they touch. */
function paintCrowd(context, { arrows, left, right }) {
  const lives = arrows.flatMap(({ from, to }) => [from, to]).filter((life) => life >= 0);
  const [top, bottom] = [Math.min(...lives), Math.max(...lives)].map(processes.yOf);
  const [word, other] = new Set(arrows.map(arrowWord));
  const text = `${grouped(arrows.length)} × ${word && other === undefined ? word : arrows[0].kind}`;
  context.fillStyle = colour("--crowd");
  context.fillRect(left - 2, top, right - left + 4, Math.max(2, bottom - top));
  context.fillStyle = colour("--ink");
  for (const x of [left - 2, right + 1]) {
    context.fillRect(x, top, 1, Math.max(2, bottom - top));
  }
  return {
    moment: arrows[0].moment,
    left,
    right,
    top: top - 8,
    bottom: bottom + 8,
    gaps: [0, 1, 2, 3].map(
      (lane) => Math.max(top, processes.yOf(processes.first)) + (lane + 0.5) * processes.row,
    ),
    word: text,
    sentence: `${text}, to be told apart nearer (+)`,
  };
}

/** Writes the word of a mark at its right, or its left, unless there is another mark or word. */
function paintWord(context, { word, left, right, gaps }, hits, boxes) {
  context.font = `600 ${rem() * 0.79}px ${PROPORTIONAL}`;
  const wide = word ? context.measureText(word).width : Infinity;
  const isFree = ({ x, y }) =>
    x >= 0 &&
    x + wide <= timeline.width &&
    !boxes.some((box) => box.y === y && box.left < x + wide + 4 && x < box.right + 4) &&
    !hits.some((hit) => x - 3 < hit.right && hit.left < x + wide + 3 && hit.top < y && y < hit.bottom);
  const places = gaps.flatMap((y) => [right + 6, left - 6 - wide].map((x) => ({ x, y })));
  const place = places.find(isFree);
  if (place !== undefined) {
    boxes.push({ y: place.y, left: place.x, right: place.x + wide });
    outlined(context, word, place.x, place.y, colour("--ink"));
  }
}
