// The list of lives beside their lanes: letter, numbers, program and present state in words.

const livesTable = {
  body: null,
  /** Rows by life, of those that are in sight. */
  rows: new Map(),

  /** Returns the table's element; there are so many lives that only rows in sight are in it. */
  make(film) {
    const heads = [
      ["", "letter"],
      ["pid", "pid"],
      ["tid", "tid"],
      ["program", "name"],
      ["state", "state"],
    ];
    livesTable.body = make("tbody");
    const table = make("table", {
      class: "lives-table",
      "aria-label": "Processes and threads",
      "aria-rowcount": String(film.lives.length + 1),
    });
    table.classList.toggle(
      "no-threads",
      film.lives.every(({ tid, pid }) => tid === pid),
    );
    const cells = heads.map(([text, name]) => make("th", { scope: "col", class: name }, text));
    cells[0].append(make("span", { class: "unseen" }, "letter"));
    table.append(make("thead", {}, make("tr", {}, ...cells)), livesTable.body);
    return table;
  },

  /** Shows the rows of the lives from first up to end. */
  draw(film, state, first, end) {
    for (const [life, row] of livesTable.rows) {
      if (life < first || life >= end) {
        row.remove();
        livesTable.rows.delete(life);
      }
    }
    let before = null;
    for (let life = first; life < end; life += 1) {
      if (!livesTable.rows.has(life)) {
        livesTable.rows.set(life, livesTable.row(film.lives[life]));
      }
      const row = livesTable.rows.get(life);
      if (row.previousElementSibling !== before || !row.isConnected) {
        before === null ? livesTable.body.prepend(row) : before.after(row);
      }
      livesTable.update(row, film, state, life);
      before = row;
    }
  },

  /** Returns a new row of a life. */
  row({ id, pid, tid }) {
    const owner = badge(id);
    owner.removeAttribute("title");
    const choose = make(
      "button",
      {
        type: "button",
        class: "bare",
        "aria-label": ownerOf(id).label,
        focus: (event) => livesTable.explain(event.target, id),
        blur: tip.hide,
      },
      owner,
    );
    return make(
      "tr",
      { "aria-rowindex": String(id + 2), click: () => app.show({ life: id }) },
      make("th", { scope: "row", class: "letter" }, choose),
      make("td", { class: "pid mono" }, String(pid)),
      make("td", { class: "tid mono" }, String(tid)),
      make("td", { class: "name mono" }),
      make("td", { class: "state" }),
    );
  },

  /** Says beside a row that has got the keyboard what its life does. */
  explain(element, life) {
    const { left, bottom } = element.getBoundingClientRect();
    if (!keyboard.isUnused) {
      tip.show(`${ownerOf(life).label}: ${pointing.words(app.film, life, app.state.moment)}`, left, bottom);
    }
  },

  /** Brings a row into line with the moment. */
  update(row, film, state, life) {
    const isThere = film.isThere(life, state.moment);
    const words = livesTable.words(film, life, state.moment);
    row.classList.toggle("away", !isThere);
    row.setAttribute("aria-current", String(life === state.life));
    const name = film.name(life, state.moment) || film.name(life, film.lives[life].born);
    for (const [cell, text] of [
      [row.cells[3], name],
      [row.cells[4], words],
    ]) {
      if (cell.dataset.text !== text) {
        cell.dataset.text = text;
        cell.replaceChildren(guestText(text));
        cell.title = visibleText(text);
      }
    }
  },

  /** Returns what a life does at a moment, in words. */
  words(film, life, moment) {
    const { born, gone } = film.lives[life];
    if (moment < born) {
      return "not born yet";
    }
    if (moment >= gone) {
      return "gone";
    }
    const { state, why } = film.state(life, moment);
    return why ? `${STATE_WORDS[state] ?? state}: ${why}` : (STATE_WORDS[state] ?? state);
  },
};
