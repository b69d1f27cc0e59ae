// The keys, the page that explains them, and the question where to go.

/**
 * The keys: how the help calls them, what they do, and the doing of it; `names` are those of
 * KeyboardEvent.key.
 */
const keys = [
  { names: ["ArrowLeft", "ArrowRight"], label: "← →", text: "previous, next moment", act: arrowKey },
  { names: [], label: "Shift + ← →", text: "ten moments" },
  { names: ["Home", "End"], label: "Home End", text: "first, last moment", act: endKey },
  { names: [" "], label: "Space", text: "play, or stand still", act: () => controls.play() },
  { names: ["p", "n"], label: "p n", text: "previous, next event of the chosen kind", act: eventKey },
  { names: ["[", "]"], label: "[ ]", text: "previous, next process or thread", act: lifeKey },
  {
    names: ["f"],
    label: "f",
    text: "follow whoever acts, or not",
    act: () => app.show({ follow: !app.state.follow }),
  },
  {
    names: ["1", "2", "3", "4"],
    label: "1 2 3 4",
    text: "go to a view; once more: enlarge it",
    act: viewKey,
  },
  { names: ["e"], label: "e", text: "open or close the events", act: () => layout.toggleEvents() },
  { names: ["/"], label: "/", text: "go to a frame, address, process or clock", act: () => goTo.open() },
  { names: ["+", "=", "-"], label: "+ −", text: "fewer, more moments in sight", act: zoomKey },
  { names: ["0"], label: "0", text: "all moments in sight", act: () => timeline.lookAtAll() },
  { names: ["t"], label: "t", text: "even steps or guest time", act: axisKey },
  { names: ["d"], label: "d", text: "light or dark", act: () => theme.toggle() },
  { names: ["?"], label: "?", text: "this help", act: () => help.open() },
  { names: ["Escape"], label: "Esc", text: "close what is open; let go of a frame", act: escapeKey },
];

/** Steps by one moment, with Shift by ten. */
function arrowKey(event) {
  app.step((event.key === "ArrowLeft" ? -1 : 1) * (event.shiftKey ? 10 : 1));
}

/** Goes to the first or the last moment. */
function endKey(event) {
  app.show({ moment: event.key === "Home" ? 0 : app.film.count - 1 });
}

/** Goes to the previous or next event of the chosen kind. */
function eventKey(event) {
  controls.seek(event.key === "p" ? -1 : 1);
}

/** Shows the previous or next process or thread of the list. */
function lifeKey(event) {
  app.show({ life: app.state.life + (event.key === "[" ? -1 : 1) });
}

/** Goes to the view whose number was pressed. */
function viewKey(event) {
  layout.choose(document.querySelectorAll(".view")[Number(event.key) - 1].dataset.view);
}

/** Brings the moments nearer, or farther away. */
function zoomKey(event) {
  timeline.zoomHere(event.key === "-" ? 2 : 1 / 2);
}

/** Changes the axis of the processes view. */
function axisKey() {
  timeline.choose(timeline.axis === "time" ? "moments" : "time");
}

/** Makes an enlarged view small again, or lets go of a frame and a page. */
function escapeKey() {
  if (layout.enlarged) {
    layout.enlarge(layout.enlarged);
  } else {
    app.show({ frame: -1, page: -1 });
  }
}

const keyboard = {
  /** Whether the mouse was used last. */
  isUnused: false,

  /** Listens to all keys that nobody else takes. */
  init() {
    document.addEventListener("keydown", keyboard.press);
    document.addEventListener("keydown", () => (keyboard.isUnused = false), true);
    document.addEventListener("pointerdown", () => (keyboard.isUnused = true), true);
    document.addEventListener("change", keyboard.letGo);
    document.getElementById("help-button").addEventListener("click", help.open);
  },

  /** Takes the keyboard from a list in which the mouse has chosen, so that the keys step again. */
  letGo({ target }) {
    if (keyboard.isUnused && target.matches("select")) {
      target.blur();
    }
  },

  /**
   * Does what a pressed key is for, except where a text is written, a list opened or another window is meant.
   */
  press(event) {
    // A dialog that was just closed may still have the keyboard.
    const isGone = !(event.target instanceof Element) || event.target.closest("dialog:not([open])") !== null;
    const target = isGone ? document.body : event.target;
    const isElsewhere = event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey;
    if (
      isElsewhere ||
      target.closest("dialog") ||
      target.matches("input:not([type=range]), select, textarea")
    ) {
      return;
    }
    if (event.key === " " && target.matches("button, summary, input, a")) {
      return;
    }
    const key = keys.find(({ names }) => names.includes(event.key));
    if (key) {
      event.preventDefault();
      key.act(event);
    }
  },
};

const help = {
  /** Shows what each key does. */
  open() {
    const dialog = document.getElementById("help");
    if (!dialog.hasChildNodes()) {
      const rows = keys.map(({ label, text }) =>
        make("tr", {}, make("th", { scope: "row" }, keyCaps(label)), make("td", {}, text)),
      );
      dialog.append(
        make(
          "form",
          { method: "dialog", class: "dialog-head" },
          make("h2", { id: "help-title" }, "What the keys and the mouse do"),
          make("button", {}, "Close"),
        ),
        make("table", { class: "keys" }, make("tbody", {}, ...rows)),
        help.mouse(),
      );
      dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    }
    dialog.showModal();
  },

  /** Returns what the mouse does, in sentences. */
  mouse() {
    return make(
      "p",
      {},
      "The mouse wheel over the processes steps through the moments; with Ctrl it zooms. A click on a line " +
        "goes to that moment and that process, a click on a mark or on an event to its moment, a click on " +
        "a frame shows its story. The address of the page names what is shown, and can be sent to somebody.",
    );
  },
};

/** Returns the caps of keys that are told as "Shift + → ←". */
function keyCaps(label) {
  const caps = make("span");
  for (const part of label.split(" ")) {
    caps.append(part === "+" && label.startsWith("Shift") ? "+" : make("kbd", {}, part), " ");
  }
  return caps;
}

const goTo = {
  /** Asks where to go. */
  open() {
    const dialog = document.getElementById("go-to");
    if (!dialog.hasChildNodes()) {
      goTo.make(dialog);
    }
    dialog.querySelector("input").value = "";
    setText(dialog.querySelector("output"), "");
    dialog.showModal();
  },

  /** Makes the dialog's elements. */
  make(dialog) {
    const field = make("input", {
      type: "text",
      id: "go-to-where",
      autocomplete: "off",
      spellcheck: "false",
    });
    const submit = (event) => {
      const wrong = goTo.go(field.value.trim().toLowerCase());
      setText(dialog.querySelector("output"), wrong);
      if (wrong) {
        event.preventDefault();
      }
    };
    dialog.append(
      make(
        "form",
        { method: "dialog", submit },
        make("h2", { id: "go-to-title" }, "Go to"),
        make(
          "label",
          { for: "go-to-where" },
          "A frame (12), an address (0x12000), a process (pid 3) or a clock (ns 1234)",
        ),
        field,
        make("output", { class: "wrong" }),
        make("p", { class: "buttons" }, make("button", {}, "Go"), " ", goTo.cancel(dialog)),
      ),
    );
  },

  /** Returns the button that closes the dialog. */
  cancel(dialog) {
    return make("button", { type: "button", click: () => dialog.close() }, "Cancel");
  },

  /** Goes there; returns what is wrong with the text, "" if nothing. */
  go(text) {
    const { film, state } = app;
    const [, word = "", digits] = /^(frame|pid|ns)?\s*([\d,]+|0x[0-9a-f]+)$/.exec(text) ?? [];
    if (digits === undefined) {
      return `"${text}" is neither a number nor an address such as 0x12000.`;
    }
    const number = Number(digits.replaceAll(",", ""));
    if (word === "ns") {
      app.show({ moment: film.find(number) });
    } else if (word === "pid") {
      const found = film.lives.find((life) => life.pid === number);
      if (!found) {
        return `No process ${number} is in this film.`;
      }
      app.show({ life: lifeOf(film, number, number, state.moment) });
    } else if (!word && digits.startsWith("0x")) {
      app.show({ page: number - (number % 4096) });
      layout.reveal("process");
    } else if (number < film.frames) {
      app.show({ frame: number });
      layout.reveal("memory");
    } else {
      return `The machine's frames are 0 to ${grouped(film.frames - 1)}.`;
    }
    return "";
  },
};
