// Small helpers that every view uses: elements made of text, numbers in words, colours of the theme for
// canvases.

/** Returns a new element with these attributes and children; a text among the children stays text. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name, value);
    } else if (value === true || value === false) {
      element.toggleAttribute(name, value);
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

/** The outlines of icons in a square of 16 by 16; they are filled, so no font is needed that has them. */
const ICONS = {
  first: "M2 3h2v10H2zM14 3v10L5 8z",
  previous: "M11 3v10L3 8z",
  play: "M4 2v12l10-6z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  next: "M5 3v10l8-5z",
  last: "M12 3h2v10h-2zM2 3v10l9-5z",
  "previous-event": "M9 3v10L1 8zM13 5a3 3 0 0 1 0 6 3 3 0 0 1 0-6z",
  "next-event": "M7 3v10l8-5zM3 5a3 3 0 0 0 0 6 3 3 0 0 0 0-6z",
  enlarge: "M2 2h5v2H4v3H2zM9 2h5v5h-2V4H9zM2 9h2v3h3v2H2zM12 9h2v5H9v-2h3z",
  theme: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2v10A5 5 0 0 1 8 3z",
  all: "M1 3h2v10H1zM13 3h2v10h-2zM7 4v3h2V4l4 4-4 4V9H7v3L3 8z",
  nearer: "M7 3h2v4h4v2H9v4H7V9H3V7h4z",
  farther: "M3 7h10v2H3z",
};

/** Returns an icon of ICONS in the colour of the text around it. */
function iconOf(name) {
  const space = "http://www.w3.org/2000/svg";
  const icon = document.createElementNS(space, "svg");
  icon.setAttribute("viewBox", "0 0 16 16");
  icon.setAttribute("aria-hidden", "true");
  icon.dataset.icon = name;
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  icon.append(path);
  return icon;
}

/** Shows an icon as all that an element has, and touches nothing where it is that already. */
function setIcon(element, name) {
  if (element.firstElementChild?.dataset.icon !== name) {
    element.replaceChildren(iconOf(name));
  }
}

/** Sets the text of an element, and touches nothing where it is that already. */
function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Returns a number with its thousands apart: "1,234". */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * Returns the first index in [low, high) for which isPast is true, high if there is none; isPast never turns
 * back.
 */
function firstWhere(low, high, isPast) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

/** Returns number, or the bound of [low, high] that it is beyond. */
function within(number, low, high) {
  return Math.max(low, Math.min(high, number));
}

/** Returns whether dark colours are shown. */
function isDark() {
  return document.documentElement.dataset.theme === "dark";
}

const coloursByTheme = { light: new Map(), dark: new Map() };

/**
 * Returns the colour that the variable of this name ("--ink") has in the theme that is shown, for a canvas.
 */
function colour(name) {
  const known = coloursByTheme[isDark() ? "dark" : "light"];
  if (!known.has(name)) {
    known.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  }
  return known.get(name);
}

let fontHeight = 0;
addEventListener("resize", () => (fontHeight = 0));

/** Returns how many CSS pixels the page's font is high. */
function rem() {
  fontHeight ||= parseFloat(getComputedStyle(document.documentElement).fontSize);
  return fontHeight;
}

const MONOSPACED = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';
const PROPORTIONAL = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Gives a canvas that many CSS pixels at the screen's resolution, and returns its context, cleared. */
function sizedContext(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/**
 * The size of an element and how far it is scrolled, kept as they change: whoever asks the element itself
 * while others draw makes the browser lay out the page each time.
 */
class Measured {
  constructor(element) {
    this.element = element;
    this.width = this.height = this.top = 0;
    new ResizeObserver(() => {
      this.read();
      app.redraw();
    }).observe(element);
    element.addEventListener("scroll", () => {
      this.top = element.scrollTop;
      app.redraw();
    });
  }

  /** Asks the element. */
  read() {
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.top = this.element.scrollTop;
  }

  /** Returns itself, which is right even if the element has just come onto the screen. */
  now() {
    if (this.height === 0) {
      this.read();
    }
    return this;
  }

  /** Scrolls the element. */
  scrollTo(top) {
    this.element.scrollTop = top;
    this.top = this.element.scrollTop;
  }
}

const tip = {
  /** Shows a text beside a point of the window. */
  show(text, x, y) {
    const element = document.getElementById("tip");
    setText(element, text);
    element.hidden = false;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${within(x + 14, 4, window.innerWidth - width - 4)}px`;
    element.style.top = `${y + 18 + height > window.innerHeight ? y - height - 10 : y + 18}px`;
  },

  /** Takes the text away. */
  hide() {
    document.getElementById("tip").hidden = true;
  },
};
