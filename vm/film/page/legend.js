// What the forms of the lanes mean.

const legend = {
  drawn: "",
  canvases: new Map(),

  /** Returns the forms of the states with what they mean. */
  make() {
    const list = make("ul", { class: "legend", "aria-label": "How states are drawn" });
    for (const state of STATES) {
      const canvas = make("canvas", { "aria-hidden": "true" });
      legend.canvases.set(state, canvas);
      list.append(make("li", {}, canvas, STATE_WORDS[state] ?? state));
    }
    return list;
  },

  /** Draws the forms in the colours of the theme. */
  draw() {
    const wanted = [isDark(), rem(), window.devicePixelRatio].join();
    if (legend.drawn === wanted) {
      return;
    }
    legend.drawn = wanted;
    const unit = rem() / 14;
    for (const [state, canvas] of legend.canvases) {
      canvas.style.width = `${30 * unit}px`;
      canvas.style.height = `${14 * unit}px`;
      const context = sizedContext(canvas, 30 * unit, 14 * unit);
      drawState({ context, y: 7 * unit, unit, colour: colour("--ink") }, state, 1, 29 * unit);
    }
  },
};
