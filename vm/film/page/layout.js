// Where the views are: all of them on a wide screen, the processes and one more on a medium one, one on a
// phone.

/** What tabs call views whose titles are long. */
const SHORT_TITLES = { memory: "Memory" };

const layout = {
  /** "wide", "medium" or "narrow". */
  kind: "wide",
  /** The view that has the screen to itself, "" if none. */
  enlarged: "",
  /** Which view stands below the processes on a medium screen, and which is alone on a phone. */
  chosen: { medium: "memory", narrow: "processes" },
  /** Whether a wide screen shows the events. */
  isDrawerOpen: false,

  /** Makes the tabs, and follows the size of the window and of each view. */
  init(all) {
    layout.chosen.narrow = isSide() ? "memory" : "processes";
    layout.isDrawerOpen = window.innerHeight >= 900;
    const tabs = document.getElementById("tabs");
    const places = [...document.querySelectorAll(".view")].map((host) => host.dataset.view);
    all.sort((one, other) => places.indexOf(one.name) - places.indexOf(other.name));
    for (const view of all) {
      const press = () => layout.choose(view.name);
      const name = SHORT_TITLES[view.name] ?? layout.title(view.name);
      tabs.append(make("button", { type: "button", "data-tab": view.name, click: press }, name));
    }
    const observer = new ResizeObserver(() => app.redraw());
    for (const host of document.querySelectorAll(".view")) {
      const name = host.dataset.view;
      const press = () => layout.enlarge(name);
      host
        .querySelector(".view-tools")
        .after(
          make(
            "button",
            { type: "button", class: "enlarge", title: "Enlarge, or back", click: press },
            iconOf("enlarge"),
          ),
        );
      observer.observe(host.querySelector(".view-body"));
    }
    addEventListener("resize", () => layout.fit());
    layout.fit();
  },

  /** Gives a view its place on the page, and puts an element there that it has brought. */
  place(view) {
    const host = document.getElementById(`view-${view.name}`);
    const body = host.querySelector(".view-body");
    view.tools = host.querySelector(".view-tools");
    view.element ??= body;
    if (view.element !== body && !view.element.isConnected) {
      body.append(view.element);
    }
  },

  /** Returns the title of a view. */
  title(name) {
    return document.getElementById(`title-${name}`).textContent;
  },

  /** Chooses what the window has room for. */
  fit() {
    const { innerWidth: width, innerHeight: height } = window;
    const isNarrow = isSide() ? width < 360 || height < 360 : width < 640 || height < 480;
    layout.kind = isNarrow ? "narrow" : width < 1000 || height < 620 ? "medium" : "wide";
    layout.apply();
  },

  /** Returns whether a view is on the screen. */
  isVisible(name) {
    if (layout.enlarged) {
      return name === layout.enlarged;
    }
    if (layout.kind === "wide") {
      return name !== "events" || layout.isDrawerOpen;
    }
    return name === layout.chosen[layout.kind] || (layout.kind === "medium" && name === "processes");
  },

  /**
   * Shows a view and gives it the keyboard; a view that has it already is enlarged, or made as small as it
   * was.
   */
  choose(name) {
    const host = document.getElementById(`view-${name}`);
    if (layout.isVisible(name) && host.contains(document.activeElement)) {
      layout.enlarge(name);
    } else {
      layout.reveal(name);
      host.focus({ preventScroll: true });
    }
  },

  /** Brings a view onto the screen. */
  reveal(name) {
    if (layout.enlarged) {
      layout.enlarged = name;
    } else if (layout.kind === "wide") {
      layout.isDrawerOpen ||= name === "events";
    } else if (layout.kind === "narrow" || name !== "processes") {
      layout.chosen[layout.kind] = name;
    }
    layout.apply();
  },

  /** Gives a view the screen to itself, or takes it back. */
  enlarge(name) {
    layout.enlarged = layout.enlarged === name ? "" : name;
    layout.apply();
  },

  /** Opens or closes the events on a wide screen, and chooses them on a smaller one. */
  toggleEvents() {
    if (layout.kind === "wide" && !layout.enlarged) {
      layout.isDrawerOpen = !layout.isDrawerOpen;
      layout.apply();
    } else {
      layout.choose("events");
    }
  },

  /** Brings the page's elements into line with what has been chosen. */
  apply() {
    document.body.dataset.layout = layout.enlarged ? "single" : layout.kind;
    for (const host of document.querySelectorAll(".view")) {
      host.hidden = !layout.isVisible(host.dataset.view);
      host
        .querySelector(".enlarge")
        .setAttribute("aria-pressed", String(layout.enlarged === host.dataset.view));
    }
    document.getElementById("events-button")?.setAttribute("aria-pressed", String(layout.isDrawerOpen));
    for (const tab of document.querySelectorAll("#tabs button")) {
      tab.setAttribute("aria-pressed", String(layout.isVisible(tab.dataset.tab)));
    }
    app.redraw();
  },
};

const theme = {
  /** Follows the reader's preference until the button is pressed. */
  init() {
    const preference = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => theme.set(preference.matches ? "dark" : "light");
    follow();
    preference.addEventListener("change", follow);
    const button = document.getElementById("theme-button");
    button.append(iconOf("theme"));
    button.addEventListener("click", theme.toggle);
  },

  /** Shows the colours of that name, "dark" or "light". */
  set(name) {
    document.documentElement.dataset.theme = name;
    if (app.film !== null) {
      app.redraw();
    }
  },

  /** Shows the other colours. */
  toggle() {
    theme.set(isDark() ? "light" : "dark");
  },
};
theme.init();

const head = {
  /** Writes what the film is of, and what was left out of it. */
  fill(film, leftOut) {
    const program = [film.program, ...film.arguments].join(" ");
    document.title = visibleText(film.title);
    document.getElementById("film-title").replaceChildren(guestText(film.title));
    head.caption(film.caption ?? "");
    document.getElementById("film-program").replaceChildren(guestText(program === film.title ? "" : program));
    const settings = document.getElementById("film-settings");
    for (const [name, value] of Object.entries(film.settings)) {
      if (value !== null && value !== "") {
        settings.append(
          make("span", { class: "fact" }, `${name} `, make("b", {}, guestText(head.text(value)))),
          " ",
        );
      }
    }
    if (film.window) {
      settings.append(make("span", { class: "fact" }, head.window(film.window)), " ");
    }
    if (film.outcome) {
      settings.append(make("span", { class: "fact" }, make("b", {}, film.outcome)));
    }
    head.leaveOut(leftOut);
  },

  /** Writes what there is to see: as much as a few lines hold, or all of it when that is pressed. */
  caption(text) {
    const toggle = () => button.setAttribute("aria-expanded", String(button.ariaExpanded !== "true"));
    const button = make(
      "button",
      {
        type: "button",
        class: "caption",
        title: "The whole text, or its beginning",
        "aria-expanded": "false",
        click: toggle,
      },
      make("span", {}, guestText(text)),
    );
    document.getElementById("film-caption").replaceChildren(...(text ? [button] : []));
  },

  /** Returns a value of a setting as a text. */
  text(value) {
    return typeof value === "number" ? grouped(value) : String(value);
  },

  /** Returns which part of a run is shown, in words. */
  window({ from, until, pids }) {
    const parts = [];
    if (from) {
      parts.push(`from ${grouped(from)} ns`);
    }
    if (until !== null && until !== undefined) {
      parts.push(`until ${grouped(until)} ns`);
    }
    if (pids?.length) {
      parts.push(`of ${pids.length > 1 ? "processes" : "process"} ${pids.join(", ")}`);
    }
    return `only ${parts.join(", ")}`;
  },

  /** Says what was left out: the first in a line, all of them when it is opened. */
  leaveOut(texts) {
    const box = document.getElementById("left-out");
    box.hidden = texts.length === 0;
    const more = texts.length > 1 ? ` (and ${texts.length - 1} more)` : "";
    setText(box.querySelector("summary"), `Left out: ${texts[0] ?? ""}${more}`);
    box.querySelector("ul").replaceChildren(...texts.map((text) => make("li", {}, text)));
  },
};
