/** Shares of wrong modules around one above which it is doubted: under a cover half of them are wrong. */
const SHARES: readonly number[] = [0.34, 0.2, 0.1];
const REACH = 2;

/**
 * Maps of doubt from what is known: a module is doubted where many of the known ones around it were read
 * wrongly. Only maps that differ are given.
 *
 * @param known 1 for a module read rightly, 2 for one read wrongly, 0 where that is not known
 * @param size modules on a side
 * @param base modules that are doubted anyway
 */
export function spreadDoubt(
  known: Uint8Array,
  size: number,
  base: Uint8Array,
): readonly Uint8Array[] {
  if (!known.includes(2)) return [];
  const right = sums(known, size, 1), wrong = sums(known, size, 2);
  const maps: Uint8Array[] = [];
  for (const share of SHARES) {
    const map = base.slice();
    for (let y = 0, module = 0; y < size; y++) {
      for (let x = 0; x < size; x++, module++) {
        const bad = around(wrong, size, x, y), good = around(right, size, x, y);
        if (known[module] === 2 || (bad >= 2 && bad >= share * (bad + good))) map[module] = 1;
      }
    }
    if (!maps.some((other) => other.every((doubt, i) => doubt === map[i]))) maps.push(map);
  }
  return maps;
}

/** Sums over all modules above and to the left, with a row and a column of zeros before them. */
function sums(known: Uint8Array, size: number, what: number): Uint16Array {
  const width = size + 1;
  const table = new Uint16Array(width * width);
  for (let y = 1; y < width; y++) {
    for (let x = 1, row = 0; x < width; x++) {
      row += known[(y - 1) * size + x - 1] === what ? 1 : 0;
      table[y * width + x] = table[(y - 1) * width + x]! + row;
    }
  }
  return table;
}

function around(table: Uint16Array, size: number, x: number, y: number): number {
  const width = size + 1;
  const left = Math.max(0, x - REACH), right = Math.min(size, x + REACH + 1);
  const top = Math.max(0, y - REACH), bottom = Math.min(size, y + REACH + 1);
  return table[bottom * width + right]! - table[top * width + right]! -
    table[bottom * width + left]! + table[top * width + left]!;
}
