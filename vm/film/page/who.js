// Who a life is, in words: its process, its state, its parent, whose memory it lives in.

/** How a life began, where that is not simply "made by" a call of that name. */
const HOW_MADE = { start: "started", thread: "a thread made by clone" };

/** A process as it is named everywhere: its pid and its letter. */
function processName(film, life) {
  return life < 0 ? "the machine" : `${film.lives[life].pid} (${ownerOf(life).letter})`;
}

/** The first life of each process in a list of lives. */
function processesOf(film, lives) {
  const seen = new Map();
  lives.forEach((life) => seen.has(film.lives[life].pid) || seen.set(film.lives[life].pid, life));
  return [...seen.values()];
}

/** Whether nobody of a process runs any more. */
function hasEnded(film, pid, moment) {
  return !film.lives.some((each) => each.pid === pid && film.isThere(each.id, moment) &&
    film.state(each.id, moment).state !== "zombie");
}

/** The child for which a life is suspended by vfork, or -1. */
function vforkChild(film, life, moment) {
  const space = film.space(life, moment);
  const isIt = (each) => each.parent === life && each.how === "vfork" && film.isThere(each.id, moment) &&
    film.space(each.id, moment) === space;
  const child = film.lives.findLast(isIt);
  return child ? child.id : -1;
}

/** The state of a life in words. */
function stateWords(film, life, moment) {
  const { state, why } = film.state(life, moment);
  const because = why ? `: ${visibleText(why)}` : "";
  if (state === "suspended") {
    const child = vforkChild(film, life, moment);
    return child < 0
      ? `suspended by vfork ${visibleText(why)}`.trim()
      : `suspended by vfork until ${processName(film, child)} executes or exits`;
  }
  return {
    running: "running",
    ready: "ready to run",
    blocked: why ? `blocked: it waits for ${visibleText(why)}` : "blocked",
    stopped: `stopped${because}`,
    zombie: `a zombie: it has ended and waits to be collected${why ? ` (${visibleText(why)})` : ""}`,
  }[state] || state + because;
}

/** Whose memory a life lives in, in words; "" if it is its own alone. */
function memoryWords(film, life, moment) {
  const { pid } = film.lives[life];
  const space = film.space(life, moment);
  if (space === 0) {
    return "without memory";
  }
  const owners = film.owners(space, moment);
  const others = processesOf(film, owners).filter((each) => film.lives[each].pid !== pid);
  const elders = others.filter((each) => each < life);
  const younger = others.filter((each) => each > life);
  const threads = owners.filter((each) => film.lives[each].pid === pid).length;
  const names = (lives) => lives.map((each) => processName(film, each)).join(", ");
  return [
    elders.length ? `in the memory of ${names(elders)}` : "",
    younger.length ? `its memory is lent to ${names(younger)}` : "",
    threads > 1 ? `in one memory with ${counted(threads - 1, "other thread")} of its own` : "",
  ].filter(Boolean).join(", ");
}

/** The head of the view: who it is, what it does, where it comes from. */
class ProcessHead {
  constructor(app) {
    this.app = app;
    this.element = make("header", { class: "process-head" });
  }

  /** Shows a life at a moment. */
  show(film, life, moment) {
    const { pid } = film.lives[life];
    const isThere = film.isThere(life, moment);
    const name = film.name(life, moment);
    this.element.replaceChildren(
      make("h3", { class: "process-title" }, badge(life), make("span", {}, `pid ${pid}`),
        guestText(shortText(name, 200), "process-program"), this.origin(film, life, moment)),
      isThere ? this.state(film, life, moment) : this.absence(film, life, moment));
  }

  /** The state, since when, and in whose memory. */
  state(film, life, moment) {
    const { state, from } = film.state(life, moment);
    const memory = memoryWords(film, life, moment);
    const line = make("p", { class: "process-state" },
      make("strong", { class: `state-word ${state}` }, stateWords(film, life, moment)),
      ` since ${film.clockText(film.clock(from))}`);
    if (memory) {
      line.append(" · ", make("span", { class: "process-memory" }, memory));
    }
    return line;
  }

  /** What is said of a life that is not there, with a way to where it is. */
  absence(film, life, moment) {
    const { born, gone } = film.lives[life];
    const isEarly = moment < born;
    const target = isEarly ? born : gone - 1;
    const words = isEarly ? "not born yet" : "gone: it has ended and was collected";
    const go = linkButton("process-link", film.clockText(film.clock(target)), () => {
      this.app.show({ moment: target });
    });
    return make("p", { class: "process-state" }, make("strong", { class: "state-word none" }, words),
      isEarly ? " · it is there from " : " · it was there until ", go);
  }

  /** Where a life comes from, with a way to its parent. */
  origin(film, life, moment) {
    const { parent, how, tid, born } = film.lives[life];
    const who = parent < 0
      ? "the machine"
      : linkButton("process-link", processName(film, parent), () => this.app.show({ life: parent }));
    const ended = parent >= 0 && hasEnded(film, film.lives[parent].pid, moment) ? ", which has ended" : "";
    return make("span", { class: "process-origin" }, `tid ${tid} · parent `, who,
      `${ended} · ${HOW_MADE[how] ?? `made by ${how}`} at ${film.clockText(film.clock(born))}`);
  }
}
