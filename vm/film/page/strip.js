// The strip below the slider's thumb: where there are events, and where those of the chosen kind.

/**
 * Half of how wide the slider's thumb is in CSS pixels: its middle stands so far from the end at the first
 * moment.
 */
const THUMB = 6;

const strip = {
  drawn: "",
  size: null,
  /** The moments of the events of each kind that was asked for, by its number; -1 for all. */
  moments: new Map(),

  /** Draws where events are: their density, and a mark for each of the chosen kind. */
  draw(canvas, film) {
    const { width, height } = strip.size.now();
    const wanted = [width, height, controls.kind, isDark(), window.devicePixelRatio].join();
    if (wanted === strip.drawn) {
      return;
    }
    strip.drawn = wanted;
    const context = sizedContext(canvas, width, height);
    strip.bars(context, strip.of(film, -1), film.count, width, height);
    if (controls.kind >= 0) {
      strip.marks(context, strip.of(film, controls.kind), film.count, width, height);
    }
  },

  /** Returns the moments of the events of a kind, in order. */
  of(film, kind) {
    if (!strip.moments.has(kind)) {
      const { moment, kind: kinds } = film.events;
      strip.moments.set(kind, kind < 0 ? moment : moment.filter((_, number) => kinds[number] === kind));
    }
    return strip.moments.get(kind);
  },

  /**
   * Calls draw(middle, wide, events) for each column of pixels that has events, or each moment where those
   * are wider.
   */
  columns(moments, count, width, draw) {
    const scale = (width - 2 * THUMB) / Math.max(1, count - 1);
    const step = Math.max(1, Math.floor(1 / scale));
    for (let first = 0, begin = 0; begin < count; begin += step) {
      const next = firstWhere(first, moments.length, (number) => moments[number] >= begin + step);
      if (next > first) {
        draw(THUMB + (begin + (step - 1) / 2) * scale, within(scale * step - 1, 1, 12), next - first);
      }
      first = next;
    }
  },

  /** Draws how many events there are, the more the higher. */
  bars(context, moments, count, width, height) {
    let most = 1;
    strip.columns(moments, count, width, (x, wide, events) => {
      most = Math.max(most, events);
    });
    context.fillStyle = colour("--strip");
    strip.columns(moments, count, width, (middle, wide, events) => {
      const high = Math.max(3, (height - 8) * Math.sqrt(events / most));
      context.fillRect(middle - wide / 2, height - high, wide, high);
    });
  },

  /** Marks the events of the chosen kind. */
  marks(context, moments, count, width, height) {
    context.fillStyle = colour("--accent");
    strip.columns(moments, count, width, (middle) => {
      context.fillRect(middle - 1, 0, 2, height);
      context.beginPath();
      context.moveTo(middle - 4, 0);
      context.lineTo(middle + 4, 0);
      context.lineTo(middle, 6);
      context.fill();
    });
  },
};
