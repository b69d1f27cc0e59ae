// The processes view: a lane for each life from birth to collection, arrows between them, and the present
// moment.

const processes = {
  name: "processes",
  title: "Processes",
  parts: {},
  /** The sizes of some parts. */
  sizes: {},
  /** The first lane in sight, and where arrows are: {moment, left, right, top, bottom, sentence}. */
  first: 0,
  hits: [],
  /** How many CSS pixels the axis and each lane are high. */
  head: 0,
  row: 0,
  still: null,
  stillOf: "",
  moment: -1,
  life: -1,

  /** Makes the list, the canvas, the legend and the buttons. */
  init(film) {
    const parts = (processes.parts = {
      scroller: make("div", { class: "lives" }),
      canvas: make("canvas", {
        class: "lanes",
        role: "img",
        "aria-label": "A line for each process over the moments",
      }),
      window: make("div", { class: "lives-window" }),
      sizer: make("div", { class: "lives-sizer" }),
      note: make("p", { class: "lanes-note" }),
    });
    const table = livesTable.make(film);
    parts.window.append(table, parts.canvas);
    parts.sizer.append(parts.window);
    parts.scroller.append(parts.sizer);
    processes.element.append(parts.scroller, parts.note);
    processes.sizes = {
      scroller: new Measured(parts.scroller),
      table: new Measured(table),
      views: new Measured(document.getElementById("views")),
    };
    processes.still = document.createElement("canvas");
    processes.element.style.setProperty("--lives", String(film.lives.length));
    processes.addTools();
    pointing.init(parts.canvas);
    timeline.lookAtAll();
  },

  /** Adds the legend, the choice of an axis and the buttons that zoom. */
  addTools() {
    const axis = make(
      "select",
      {
        id: "axis",
        title: "What the width means (t)",
        "aria-label": "What the width means",
        change: (event) => timeline.choose(event.target.value),
      },
      make("option", { value: "moments" }, "even steps"),
      make("option", { value: "time" }, "guest time"),
    );
    processes.parts.axis = axis;
    processes.tools.append(
      legend.make(),
      axis,
      make(
        "div",
        { class: "group", role: "group", "aria-label": "Zoom" },
        button("nearer", "Nearer (+)", () => timeline.zoomHere(1 / 2)),
        button("farther", "Farther (−)", () => timeline.zoomHere(2)),
        button("all", "The whole film (0)", () => timeline.lookAtAll()),
      ),
    );
  },

  /** Sets how many CSS pixels the axis and each lane are high: a few lanes are higher than many. */
  measure(film) {
    const { scroller, views: all } = processes.sizes;
    const unit = rem();
    const isAlone = layout.kind === "narrow" || layout.enlarged !== "";
    const room = isAlone ? scroller.now().height : all.now().height * 0.34;
    const [least, most] = layout.kind === "narrow" ? [2.9, 3.6] : [1.9, 2.9];
    const head = Math.round(unit * 1.9);
    const row = Math.floor(within((room - head) / Math.max(1, film.lives.length), least * unit, most * unit));
    if (head !== processes.head || row !== processes.row) {
      Object.assign(processes, { head, row });
      processes.element.style.setProperty("--head", `${head}px`);
      processes.element.style.setProperty("--row", `${row}px`);
      processes.parts.sizer.style.height = `${row * film.lives.length + head}px`;
      scroller.read();
    }
  },

  /** Draws the list and the lanes in sight. */
  draw(film, state) {
    processes.measure(film);
    const { row, head: top, parts } = processes;
    const { width, height } = processes.sizes.scroller.now();
    const room = Math.max(1, Math.floor((height - top) / row));
    parts.window.style.height = `${height}px`;
    processes.reveal(state, room);
    const first = Math.round(processes.sizes.scroller.top / row);
    processes.first = within(first, 0, Math.max(0, film.lives.length - room));
    const end = Math.min(film.lives.length, processes.first + room + 1);
    livesTable.draw(film, state, processes.first, end);
    parts.axis.value = timeline.axis;
    legend.draw();
    timeline.width = Math.max(1, width - processes.sizes.table.now().width);
    processes.paint(film, state, timeline.width, height, end);
  },

  /** Has the moment and the life in sight when they have changed. */
  reveal(state, room) {
    const { row } = processes;
    const { scroller } = processes.sizes;
    if (state.moment !== processes.moment) {
      processes.moment = state.moment;
      timeline.reveal(state.moment);
    }
    if (state.life !== processes.life) {
      processes.life = state.life;
      const first = Math.round(scroller.top / row);
      if (state.life < first) {
        scroller.scrollTo(state.life * row);
      } else if (state.life >= first + room) {
        scroller.scrollTo((state.life - room + 1) * row);
      }
    }
  },

  /** Returns the height at which the middle of a life's lane is. */
  yOf(life) {
    return processes.head + (life - processes.first + 0.5) * processes.row;
  },

  /** Draws the canvas: what stays as it is comes from a picture of it. */
  paint(film, state, width, height, end) {
    const { canvas } = processes.parts;
    const wanted = [
      width,
      height,
      processes.first,
      end,
      timeline.axis,
      timeline.from,
      timeline.to,
      processes.row,
      isDark(),
      window.devicePixelRatio,
    ].join();
    if (wanted !== processes.stillOf) {
      processes.stillOf = wanted;
      processes.paintStill(film, sizedContext(processes.still, width, height), height, end);
    }
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = sizedContext(canvas, width, height);
    const { row, head: top } = processes;
    const [left, right] = [timeline.x(state.moment), timeline.x(state.moment + 1)];
    context.fillStyle = colour("--chosen");
    context.fillRect(0, processes.yOf(state.life) - row / 2, width, row);
    context.fillStyle = colour("--now");
    context.fillRect(left, top, Math.max(0, right - left), height);
    context.drawImage(processes.still, 0, 0, width, height);
    context.fillStyle = colour("--accent");
    context.fillRect(left - 1, top - 4, 2, height);
    processes.paintFlag(context, film, state, left, top, width);
  },

  /** Draws the flag above the present moment. */
  paintFlag(context, film, state, x, high, width) {
    const text = timeline.axis === "time" ? film.clockText(film.clock(state.moment)) : grouped(state.moment);
    context.font = `600 ${rem() * 0.86}px ${MONOSPACED}`;
    const wide = context.measureText(text).width + rem() * 0.8;
    const left = within(x - wide / 2, 0, width - wide);
    context.fillStyle = colour("--accent");
    context.beginPath();
    context.roundRect(left, high * 0.12, wide, high * 0.76, 3);
    context.fill();
    context.fillStyle = colour("--on-accent");
    context.textBaseline = "middle";
    context.fillText(text, left + rem() * 0.4, high / 2 + 0.5);
  },

  /** Draws the axis, the lanes and the arrows in sight. */
  paintStill(film, context, height, end) {
    const { head: top } = processes;
    processes.paintAxis(context, film, top, height);
    context.save();
    context.beginPath();
    context.rect(0, top, timeline.width, height - top);
    context.clip();
    let shares = 0;
    for (let life = processes.first; life < end; life += 1) {
      shares += drawLane(context, film, life, processes.yOf(life));
    }
    const { hits, left } = paintMarks(context, film, processes.first, end);
    context.restore();
    processes.hits = hits;
    processes.explain(shares > 0, left);
  },

  /** Says what is not drawn as it is, if anything. */
  explain(hasShares, left) {
    const sentences = hasShares
      ? ["Where states are too narrow, the line is the higher the longer it ran."]
      : [];
    if (left.length > 0) {
      const kinds = left.map(([kind, number]) => `${grouped(number)} of ${kind}`);
      sentences.push(`Too many arrows to draw: ${kinds.join(", ")}; go nearer (+).`);
    }
    setText(processes.parts.note, sentences.join(" "));
    processes.parts.note.hidden = sentences.length === 0;
  },

  /** Draws the ticks and their numbers. */
  paintAxis(context, film, high, height) {
    const isTime = timeline.axis === "time";
    context.font = `${rem() * 0.82}px ${MONOSPACED}`;
    context.textBaseline = "middle";
    for (const unit of timeline.ticks(isTime ? rem() * 7 : rem() * 5)) {
      const x = Math.round(((unit - timeline.from) / (timeline.to - timeline.from)) * timeline.width) + 0.5;
      context.fillStyle = colour("--faint");
      context.fillRect(x - 0.5, high, 1, height);
      context.fillStyle = colour("--quiet");
      context.fillText(isTime ? film.clockText(unit) : grouped(unit), x + 3, high / 2);
    }
    context.fillStyle = colour("--line");
    context.fillRect(0, high - 1, timeline.width, 1);
  },
};
views.push(processes);

/** Writes a text over whatever is there, with a border of the panel's colour. */
function outlined(context, text, x, y, ink) {
  context.textBaseline = "middle";
  context.lineWidth = 4;
  context.lineJoin = "round";
  context.strokeStyle = colour("--panel");
  context.strokeText(text, x, y);
  context.fillStyle = ink;
  context.fillText(text, x, y);
}
