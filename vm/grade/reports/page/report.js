// The report of a class can be read without this. With it, what a link leads to is opened, and the table of submissions
// can be sorted and searched.

const table = document.getElementById("submission-table");
const body = table.tBodies[0];
const first = [...body.rows];

/** Opens what hides the element that the address names, and goes there. */
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (let each = target; each; each = each.parentElement) {
    if (each.tagName === "DETAILS") each.open = true;
  }
  target.scrollIntoView();
}

/** The value by which a row is sorted: a number, or a text. */
function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
}

function compare(one, other) {
  return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
}

/** Sorts the rows by a column: first upwards, then downwards, then as they were. */
function sortBy(heading) {
  const next = { none: "ascending", ascending: "descending", descending: "none" };
  const way = next[heading.getAttribute("aria-sort") ?? "none"];
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  const rows = [...first];
  if (way !== "none") {
    const sign = way === "ascending" ? 1 : -1;
    const column = heading.cellIndex;
    rows.sort((one, other) => sign * compare(valueOf(one, column), valueOf(other, column)));
    heading.setAttribute("aria-sort", way);
  }
  body.append(...rows);
}

/** Shows the rows, and what is said of each submission, that have all the words of a text in their names. */
function search(text, lost) {
  const words = text.toLowerCase().split(/\s+/);
  let count = 0;
  for (const row of first) {
    const name = row.cells[0].textContent.toLowerCase();
    const found = words.every((word) => name.includes(word)) && !(lost && row.dataset.passed === "yes");
    row.hidden = !found;
    document.getElementById(row.dataset.details).hidden = !found;
    count += found;
  }
  document.getElementById("found").textContent = count === first.length ? "" : `${count} of ${first.length}`;
}

for (const heading of table.tHead.rows[0].cells) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = "Sort";
  button.append(...heading.childNodes);
  button.addEventListener("click", () => sortBy(heading));
  heading.append(button);
}

const words = document.getElementById("words");
const lost = document.getElementById("lost");
words.addEventListener("input", () => search(words.value, lost.checked));
lost.addEventListener("input", () => search(words.value, lost.checked));
document.getElementById("tools").hidden = false;
addEventListener("hashchange", openTarget);
addEventListener("click", (event) => {
  const link = event.target.closest?.("a");
  if (link && link.hash && link.hash === location.hash) openTarget(); // no change of the address
});
openTarget();
