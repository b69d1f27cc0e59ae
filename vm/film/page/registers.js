// The registers of a thread in a grid, those that changed marked.

/** Names of the registers in the order of their numbers, and pc behind them. */
const REGISTER_NAMES = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 " +
  "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6 pc").split(" ");
const STACK_POINTER = 2;
const PROGRAM_COUNTER = 32;

/** Their numbers in the order they are shown: where the thread is, arguments, saved ones, temporary ones. */
const REGISTER_ORDER = [
  32, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16, 17,
  8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 5, 6, 7, 28, 29, 30, 31,
];

/** The grid of registers; a value that is an address in the space leads to its page. */
class RegisterGrid {
  /** `choose(address)` is called with an address that was chosen. */
  constructor(choose) {
    this.element = make("div", { class: "registers" });
    this.element.addEventListener("click", (event) => {
      const target = event.target.closest("[data-value]");
      if (target) {
        choose(Number(target.dataset.value));
      }
    });
  }

  /** Shows values and marks those that differ from `before`; either may be null. */
  show(values, before, segments) {
    if (!values) {
      const words = "The registers were not kept at this moment.";
      this.element.replaceChildren(make("p", { class: "not-kept" }, words));
      return;
    }
    this.element.replaceChildren(...REGISTER_ORDER.map((number) => {
      const changed = Boolean(before) && before[number] !== values[number];
      return this.register(number, values[number], changed, segments);
    }));
  }

  /** The element of one register. */
  register(number, value, isChanged, segments) {
    const name = REGISTER_NAMES[number];
    const digits = isChanged ? make("mark", {}, `[${hexWord(value)}]`) : ` ${hexWord(value)} `;
    const segment = segments.find((each) => value >= each.start && value < each.end);
    const shown = make(segment ? "button" : "span", { class: "register-value" }, digits);
    shown.title = `${name} = ${grouped(value)}` + (value > 0x7fffffff ? ` or ${grouped(value | 0)}` : "");
    if (segment) {
      shown.type = "button";
      shown.dataset.value = String(value);
      shown.title += `, in ${visibleText(segment.name)}: show its page`;
    }
    const label = make("span", { class: "register-name" }, name);
    return make("span", { class: "register", "data-register": name }, label, shown);
  }
}
