// What was recorded, out of the data that the page holds: tables of numbers, texts, and bytes.

// Undo base64 and deflate (RFC 1950).
async function unpacked(element) {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("the browser cannot unpack it; Chromium, Firefox and Safari can from 2023 on");
  }
  try {
    const packed = Uint8Array.from(atob(element.textContent.trim()), (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new Error("the file is damaged, or not complete", { cause });
  }
}

// One column of n numbers: differences modulo 2^32, all first bytes first, then all second ones, and so on.
function readColumn(bytes, at, n) {
  const column = new Int32Array(n);
  let value = 0;
  for (let row = 0; row < n; row++) {
    const step = bytes[at + row] | (bytes[at + n + row] << 8) | (bytes[at + 2 * n + row] << 16)
      | (bytes[at + 3 * n + row] << 24);
    value = (value + step) | 0;
    column[row] = value;
  }
  return column;
}

// A column of numbers beyond 32 bits, of its lower and its upper halves.
function wideColumn(low, high) {
  const column = new Float64Array(low.length);
  for (let row = 0; row < low.length; row++) column[row] = high[row] * 4294967296 + (low[row] >>> 0);
  return column;
}

// Read a reel: {head, tables: {name: {rows, column: numbers…}}, texts, bytes}.
async function readReel(element) {
  const bytes = await unpacked(element);
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const tables = {};
  let at = 4 + length;
  for (const [name, layout] of Object.entries(head.layout)) {
    const table = { rows: layout.rows };
    for (const [column, isWide] of layout.columns) {
      table[column] = readColumn(bytes, at, layout.rows);
      at += 4 * layout.rows;
      if (isWide) {
        table[column] = wideColumn(table[column], readColumn(bytes, at, layout.rows));
        at += 4 * layout.rows;
      }
    }
    tables[name] = table;
  }
  return { head, tables, texts: head.texts, bytes: bytes.subarray(at, at + head.bytes) };
}
