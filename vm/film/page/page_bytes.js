// The page that is shown byte by byte, with what is true of it and the ways that lead from it.

/** The chosen page of the process: facts, links and its bytes. */
class PagePart {
  /** `owner` is the view, which knows whether it follows and who chooses. */
  constructor(app, owner) {
    this.app = app;
    this.owner = owner;
    this.table = new HexTable();
    this.facts = make("p", { class: "page-facts" });
    this.links = make("p", { class: "page-links" });
    this.follow = make("input", {});
    this.follow.type = "checkbox";
    this.follow.addEventListener("change", () => this.switchFollowing());
    this.followed = make("span");
    this.label = make("label", { class: "page-follow" }, this.follow, " follow the last change", this.followed);
    this.element = make("div", {}, this.facts, this.links, this.table.element);
  }

  /** Switches following on or off; what is shown stays shown until something else changes. */
  switchFollowing() {
    this.owner.isFollowing = this.follow.checked;
    this.app.show(this.follow.checked || this.shown < 0 ? {} : { page: this.shown });
    this.app.redraw();
  }

  /** The heading: the page's address and its segment. */
  heading(now) {
    const segment = segmentAt(now.segments, now.chosen);
    const where = now.chosen < 0 ? "none" : hexWord(now.chosen);
    return ["Page", make("span", { class: "part-fact" }, make("code", {}, where),
      segment ? make("span", {}, " in ", guestText(segment.name), ` ${segment.protection}`) : "")];
  }

  /** Shows the chosen page of a process as it is now. */
  show(now, isFollowing) {
    this.shown = now.chosen;
    this.follow.checked = isFollowing;
    setText(this.followed, now.last ? followedWords(now.film, now.life, now.last) : "");
    const page = now.pages.find((each) => each.address === now.chosen);
    const segment = segmentAt(now.segments, now.chosen);
    this.facts.replaceChildren(...this.factsOf(now, page, segment));
    this.links.replaceChildren(...this.ways(now), this.label);
    this.bytes(now, page, segment);
  }

  /** The frame of a page, which leads to it in physical memory, and what is true of the page. */
  factsOf(now, page, segment) {
    if (!page) {
      return [];
    }
    const letters = page.isShared ? sharersOf(now.film, page.frame, now.space, now.moment) : [];
    const show = () => this.app.show({ frame: page.frame });
    const go = linkButton("page-link to-frame", `frame ${page.frame}`, show);
    go.title = "Show this frame in physical memory";
    return [go, " ", pageWords(page, segment, letters)];
  }

  /** The buttons that lead to the pages of the stack pointer and the program counter. */
  ways(now) {
    const ways = [];
    for (const number of now.registers ? [STACK_POINTER, PROGRAM_COUNTER] : []) {
      const address = pageOf(now.registers[number]);
      if (address !== now.chosen) {
        const name = REGISTER_NAMES[number];
        const choose = () => this.owner.choose(address);
        ways.push(linkButton(`page-link to-${name}`, `${name}: ${hexWord(address)}`, choose));
      }
    }
    return ways;
  }

  /** The bytes, or why there are none to see. */
  bytes(now, page, segment) {
    const bytes = page ? now.film.content(page.frame, now.moment) : null;
    if (!bytes) {
      this.table.say(absenceWords(now, page, segment));
      return;
    }
    const { registers } = now;
    const pointers = (registers ? [STACK_POINTER, PROGRAM_COUNTER] : [])
      .filter((number) => pageOf(registers[number]) === page.address)
      .map((number) => ({ name: REGISTER_NAMES[number], offset: registers[number] - page.address }));
    const changes = bytesChanged(now.film, page.frame, page.frameBefore, now.moment);
    this.table.show({ address: page.address, bytes, changes, pointers });
  }
}

/** When what is followed was changed, and by whom if by another process, in words. */
function followedWords(film, life, { address, moment }) {
  const when = film.clockText(film.clock(moment));
  return address >= 0 ? `, made at ${when}${byWhom(film, life, moment)}` : `: none since ${when} is known`;
}

/** The segment in which an address lies, or undefined. */
function segmentAt(segments, address) {
  return segments.find((each) => address >= each.start && address < each.end);
}

/** Why no bytes of a page are shown. */
function absenceWords(now, page, segment) {
  if (page) {
    return "The bytes of this page were not kept at this moment.";
  }
  if (now.space === 0) {
    return "There is no memory at this moment.";
  }
  return segment
    ? "This page has no frame at this moment."
    : "No segment is at this address at this moment.";
}
