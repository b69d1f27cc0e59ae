// How the uses of frames begin and end, in words.

const USE_BEGINS = {
  "": "there when the film begins",
  exec: "made by exec",
  zeros: "got at the first access, filled with zeros",
  file: "got at the first access",
  "fork-shared": "shared by fork",
  "fork-copied": "copied by fork",
  copied: "copied at a write",
  shared: "shared at the first access",
  call: "got in a system call",
  table: "made as a page table",
  machine: "the machine's own",
  "shared memory": "taken for shared memory",
};
const USE_ENDS = {
  exec: "given up by exec", exit: "given up at exit", call: "given up in a system call",
  copied: "given up for a copy at a write", taken: "given up",
};

// How a story calls what begins a use.
function beginKind(cause) {
  const kinds = { zeros: "zero", "fork-shared": "shared", "fork-copied": "fork-copy", copied: "cow-copy" };
  return kinds[cause] ?? (cause || "there");
}

// Whose a use is, in words: "page 00010000 of pid 2".
function usePlace(film, row, moment) {
  const { uses } = film.tables, use = film.head.uses[uses.use[row]];
  if (use === "machine") return "";
  const address = (uses.address[row] >>> 0).toString(16).padStart(8, "0");
  if (use === "shared") return `byte ${uses.address[row] >>> 0} of shared memory ${uses.space[row]}`;
  const pids = film.owners(uses.space[row], moment).map((life) => film.lives[life].pid);
  const of = pids.length ? ` of ${[...new Set(pids)].join(", ")}` : "";
  const what = { root: "root table", table: `page table for ${address}` }[use] ?? `page ${address}`;
  return `${what}${of}`;
}

// The kind of the begin of a use, and a sentence.
function frameBegins(film, row) {
  const { uses } = film.tables, cause = film.head.causes[uses.cause[row]];
  const place = usePlace(film, row, uses.from[row]);
  let how = USE_BEGINS[cause];
  if (uses.origin[row] >= 0) how += `, from frame ${uses.origin[row]}`;
  if (cause === "call" && uses.detail[row] >= 0) how = `got in ${film.texts[uses.detail[row]]}`;
  else if (uses.detail[row] >= 0) how += `, byte 0x${uses.detail[row].toString(16)} of the file`;
  return [beginKind(cause), place ? `${place}: ${how}` : how];
}

// The kind of the end of a use, and a sentence.
function frameEnds(film, row) {
  const { uses } = film.tables, cause = film.head.causes[uses.end[row]];
  const place = usePlace(film, row, uses.to[row] - 1);
  return ["freed", `${place}: ${USE_ENDS[cause] ?? "given up"}`];
}
