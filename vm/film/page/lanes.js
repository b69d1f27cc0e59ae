// A lane: the line of one life. Each state has a form of its own, so that it is told without its colour.

/** The states in the order of their numbers here, and what they are called where that is not clear. */
const STATES = ["running", "ready", "blocked", "suspended", "stopped", "zombie"];
const STATE_WORDS = { suspended: "suspended by vfork", none: "not there" };
/**
 * A state is drawn by itself if it is as wide as this many CSS pixels; narrower ones are drawn as a share.
 */
const NARROWEST = 2;

const lanes = new Map();

/**
 * Returns a life's states in columns: where each begins, its number in STATES, and the end of the last one.
 */
function laneOf(film, life) {
  if (!lanes.has(life)) {
    const states = film.states(life);
    const from = Int32Array.from(states, (state) => state.from);
    lanes.set(life, {
      from,
      state: Uint8Array.from(states, (state) => STATES.indexOf(state.state)),
      end: states.length ? states[states.length - 1].to : 0,
      ran: {},
    });
  }
  return lanes.get(life);
}

/** Returns how many units of the axis a lane has been running before each of its states, and altogether. */
function ranOf(lane) {
  const { axis } = timeline;
  if (!lane.ran[axis]) {
    const ran = new Float64Array(lane.from.length + 1);
    let begin = timeline.unitOf(lane.from[0]);
    for (let number = 0; number < lane.from.length; number += 1) {
      const end = timeline.unitOf(endOf(lane, number));
      ran[number + 1] = ran[number] + (lane.state[number] === 0 ? end - begin : 0);
      begin = end;
    }
    lane.ran[axis] = ran;
  }
  return lane.ran[axis];
}

/** Returns the moment at which a state of a lane ends. */
function endOf(lane, number) {
  return number + 1 < lane.from.length ? lane.from[number + 1] : lane.end;
}

/**
 * Draws the part of a lane that is in sight: each state, or where they are narrow, how much of the time it
 * ran. Returns how often it drew the latter.
 */
function drawLane(context, film, life, y) {
  const lane = laneOf(film, life);
  const count = lane.from.length;
  const first = timeline.momentOf(timeline.from);
  const paint = { context, y, unit: rem() / 14, colour: colour(ownerColour(life)) };
  let number = firstWhere(0, count, (each) => endOf(lane, each) > first);
  let shares = 0;
  while (number < count) {
    const left = timeline.x(lane.from[number]);
    if (left > timeline.width) {
      break;
    }
    const right = timeline.x(endOf(lane, number));
    if (right - left >= NARROWEST) {
      const ends = [Math.max(left, -20), Math.min(right, timeline.width + 20)];
      drawState(paint, STATES[lane.state[number]], ...ends);
      drawWhy(paint, film, life, lane.from[number], ...ends);
      number += 1;
    } else {
      const beyond = timeline.momentFrom(left + NARROWEST);
      const next = firstWhere(number + 1, count, (each) => lane.from[each] >= beyond);
      drawShare(paint, lane, number, next, left);
      shares += next - number > 1 ? 1 : 0;
      number = next;
    }
  }
  drawEnds(paint, film.lives[life], film.count);
  return shares;
}

/** Writes why a life is in a state above its line, if there is room. */
function drawWhy({ context, y, unit }, film, life, moment, left, right) {
  if (right - left < 60 * unit || processes.row < 32 * unit) {
    return;
  }
  const { state, why } = film.state(life, moment);
  context.font = `${rem() * 0.75}px ${PROPORTIONAL}`;
  const texts = [state === "blocked" ? `waits for ${visibleText(why)}` : "", visibleText(why)];
  const text = texts.find((each) => each && context.measureText(each).width < right - left - 24 * unit);
  if (why && text) {
    outlined(context, text, Math.max(left, 0) + 16 * unit, y - 10 * unit, colour("--quiet"));
  }
}

/** Draws several narrow states as one: a line, and over it a bar, the higher the longer it ran. */
function drawShare({ context, y, unit, colour: ink }, lane, number, next, left) {
  const ran = ranOf(lane);
  const [begin, end] = [timeline.unitOf(lane.from[number]), timeline.unitOf(endOf(lane, next - 1))];
  const share = end > begin ? (ran[next] - ran[number]) / (end - begin) : 1;
  const right = Math.max(timeline.x(endOf(lane, next - 1)), left + 1);
  const high = (2 + 10 * share) * unit;
  context.fillStyle = ink;
  context.fillRect(left, y - high / 2, right - left, high);
}

/** Marks where a life begins, and where it has been collected. */
function drawEnds({ context, y, unit, colour: ink }, { born, gone }, count) {
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 2;
  if (gone < count) {
    const x = timeline.x(gone);
    context.fillRect(x - 1, y - 7 * unit, 2, 14 * unit);
  }
  if (born > 0) {
    context.beginPath();
    context.arc(timeline.x(born), y, 4 * unit, 0, 7);
    context.fillStyle = colour("--panel");
    context.fill();
    context.stroke();
  }
}

/** Draws a state between two CSS pixels from the left. */
function drawState({ context, y, unit, colour: ink }, state, left, right) {
  context.fillStyle = context.strokeStyle = ink;
  STATE_FORMS[state](context, left, right, y, unit);
}

/** How each state looks. */
const STATE_FORMS = {
  running(context, left, right, y, unit) {
    context.fillRect(left, y - 6 * unit, right - left, 12 * unit);
  },

  ready(context, left, right, y, unit) {
    context.fillRect(left, y - 1.25 * unit, right - left, 2.5 * unit);
  },

  blocked(context, left, right, y, unit) {
    dashedLine(context, left, right, y, 2.5 * unit, [5 * unit, 4 * unit]);
  },

  suspended(context, left, right, y, unit) {
    context.lineCap = "round";
    dashedLine(context, left + 2, right, y, 3.5 * unit, [0, 7 * unit]);
    context.lineCap = "butt";
    if (right - left > 16 * unit) {
      context.fillRect(left + 1, y - 6 * unit, 2 * unit, 12 * unit);
      context.fillRect(left + 5 * unit, y - 6 * unit, 2 * unit, 12 * unit);
    }
  },

  stopped(context, left, right, y, unit) {
    context.lineWidth = 1.5 * unit;
    context.strokeRect(left + 1, y - 5 * unit, Math.max(0, right - left - 2), 10 * unit);
    if (right - left > 16 * unit) {
      context.fillRect(left + 4 * unit, y - 2 * unit, 4 * unit, 4 * unit);
    }
  },

  zombie(context, left, right, y, unit) {
    context.strokeStyle = colour("--zombie");
    context.lineWidth = 1.25 * unit;
    context.strokeRect(left + 1, y - 2.5 * unit, Math.max(0, right - left - 2), 5 * unit);
    if (right - left > 16 * unit) {
      const middle = left + 9 * unit;
      context.beginPath();
      context.moveTo(middle - 4 * unit, y - 5 * unit);
      context.lineTo(middle + 4 * unit, y + 5 * unit);
      context.moveTo(middle + 4 * unit, y - 5 * unit);
      context.lineTo(middle - 4 * unit, y + 5 * unit);
      context.stroke();
    }
  },
};

/** Draws a horizontal line with gaps that stay where they are when the line begins elsewhere. */
function dashedLine(context, left, right, y, wide, gaps) {
  context.save();
  context.lineWidth = wide;
  context.setLineDash(gaps);
  context.lineDashOffset = 0;
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(right, y);
  context.stroke();
  context.restore();
}
