// @ts-check
/**
 * What readers of codes made of pictures, counted: a table by category, and the aims.
 *
 * @module
 */

/**
 * @typedef {import("./_report.mjs").Row} Row
 *
 * @typedef {object} Code one code of one picture
 * @property {string} category
 * @property {Readonly<Record<string, number | string>>} facts what was done to the picture
 * @property {string} level of error correction
 * @property {ReadonlySet<string>} readBy
 *
 * @typedef {object} Totals what one reader did in one category
 * @property {number} read codes
 * @property {number} wrong texts that the picture does not show
 * @property {number} ms
 */

/** Counts who read what, picture by picture. */
export class Score {
  /** @type {Code[]} */
  codes = [];
  /** @type {Map<string, { megapixels: number, codes: number, by: Map<string, Totals> }>} */
  categories = new Map();
  #readers;

  /** @param {readonly string[]} readers */
  constructor(readers) {
    this.#readers = readers;
  }

  get readers() {
    return this.#readers;
  }

  /**
   * @param {{ category: string, facts: Code["facts"], width: number, height: number, codes: readonly { text: string, level: string }[] }} picture
   * @param {Readonly<Record<string, { readonly texts: readonly string[], readonly ms: number }>>} sights by reader
   */
  add({ category, facts, width, height, codes }, sights) {
    const truths = new Set(codes.map(({ text }) => text));
    let entry = this.categories.get(category);
    if (!entry) this.categories.set(category, entry = { megapixels: 0, codes: 0, by: new Map() });
    entry.megapixels += width * height / 1e6;
    entry.codes += codes.length;
    for (const reader of this.#readers) {
      const { texts = [], ms = 0 } = sights[reader] ?? {};
      const totals = entry.by.get(reader) ?? { read: 0, wrong: 0, ms: 0 };
      const found = new Set(texts);
      totals.read += [...found].filter((text) => truths.has(text)).length;
      totals.wrong += [...found].filter((text) => !truths.has(text)).length;
      totals.ms += ms;
      entry.by.set(reader, totals);
    }
    for (const { text, level } of codes) {
      const readBy = new Set(this.#readers.filter((name) => sights[name]?.texts.includes(text)));
      this.codes.push({ category, facts, level, readBy });
    }
  }

  /** One reader in one category, or in all of them. @param {string} reader @param {string} [category] */
  of(reader, category) {
    const sum = { codes: 0, read: 0, wrong: 0, ms: 0, megapixels: 0 };
    for (const [name, { codes, megapixels, by }] of this.categories) {
      const totals = by.get(reader);
      if (!totals || (category !== undefined && category !== name)) continue;
      sum.codes += codes;
      sum.megapixels += megapixels;
      sum.read += totals.read;
      sum.wrong += totals.wrong;
      sum.ms += totals.ms;
    }
    return sum;
  }

  /** How many codes of a kind a reader did not read. @param {string} reader @param {(code: Code) => boolean} [isMeant] */
  missed(reader, isMeant = () => true) {
    const meant = this.codes.filter(isMeant);
    return { count: meant.filter(({ readBy }) => !readBy.has(reader)).length, of: meant.length };
  }

  /** The library that reads the most codes. @param {readonly string[]} libraries @param {string} [category] */
  best(libraries, category) {
    const reads = libraries.map((name) => ({ name, read: this.of(name, category).read }));
    return reads.reduce((best, one) => one.read > best.read ? one : best);
  }

  /** Percent of the codes by category and reader; wrong reads and speed below. @param {ReadonlyMap<string, string>} [titles] */
  table(titles = new Map()) {
    const percent = (/** @type {{ read: number, codes: number }} */ { read, codes }) =>
      codes === 0 ? "" : String(Math.floor(100 * read / codes)); // 100 is all of them
    const rows = [...this.categories].map(([name, { codes }]) => [
      titles.get(name) ?? name,
      String(codes),
      ...this.#readers.map((reader) => percent(this.of(reader, name))),
    ]);
    const all = this.#readers.map((reader) => this.of(reader));
    rows.push(["all", String(this.codes.length), ...all.map(percent)]);
    rows.push(["codes read", "", ...all.map(({ read }) => String(read))]);
    rows.push(["wrong reads", "", ...all.map(({ wrong }) => String(wrong))]);
    const speed = all.map(({ ms, megapixels }) => (ms / megapixels).toFixed(1));
    rows.push(["ms per megapixel", "", ...speed]);
    return columns([["% of codes read", "codes", ...this.#readers], ...rows]);
  }
}

/** Rows of cells, the first cell on the left and the others on the right. @param {readonly string[][]} rows */
function columns(rows) {
  const width = (/** @type {number} */ column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    `  ${
      row.map((cell, i) => i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i))).join("  ")
    }`
  ).join("\n");
}

/**
 * A part of something, with the largest part that is wanted.
 *
 * @param {string} name
 * @param {{ count: number, of: number }} part
 * @param {{ unit?: string, aim?: number }} options
 * @returns {Row}
 */
export function part(name, { count, of }, { unit = "codes", aim }) {
  const ratio = of === 0 ? 0 : count / of;
  const wanted = of === 0 ? undefined : aim; // of nothing, nothing can be said
  return {
    name,
    unit,
    measured: count,
    peer: of,
    ratio,
    quartiles: [ratio, ratio],
    rounds: 1,
    aim: wanted,
  };
}

/** Levels whose error correction bears a cover of 8 %. @param {Code} code */
const isStrong = ({ level }) => level !== "L";

/** The kinds of codes that have an aim of their own, and the largest part that may stay unread. */
const KINDS = /** @type {const} */ ([
  ["all codes", () => true, 0.06],
  [
    "screenshots with whole pixels a module",
    (/** @type {Code} */ { category }) => ["pixel_1", "pixel_2_8", "bare"].includes(category),
    0,
  ],
  [
    "covered by up to 8 % anywhere, level M and above",
    (/** @type {Code} */ code) =>
      code.category.startsWith("cover_") && Number(code.facts["share"]) <= 8 && isStrong(code),
    0.02,
  ],
  [
    "contrast of 6 levels and more",
    (/** @type {Code} */ { category }) => category.startsWith("contrast_"),
    0,
  ],
  [
    "sixteen codes on a 1080p screen",
    (/** @type {Code} */ { category, facts }) => category === "many" && facts["count"] === 16,
    0,
  ],
  ["terminal half blocks", (/** @type {Code} */ { category }) => category === "terminal", 0.05],
  ["1.25 px a module", (/** @type {Code} */ { category }) => category === "pixel_1_25", 0.2],
]);

/**
 * The aims of what otpsmith reads, on the generated set.
 *
 * @param {Score} score
 * @param {{ product: string, own: string, libraries: readonly string[], titles?: ReadonlyMap<string, string> }} options
 * @returns {Row[]}
 */
export function aims(score, { product, own, libraries, titles = new Map() }) {
  const behind = [...score.categories.keys()].filter((category) =>
    score.best(libraries, category).read > score.of(product, category).read
  );
  const names = behind.map((category) => titles.get(category) ?? category).join("; ");
  const best = score.best(libraries);
  const mine = score.of(product);
  const { of } = score.missed(product);
  return [
    part(`kinds of pictures in which some library reads more${names && `: ${names}`}`, {
      count: behind.length,
      of: score.categories.size,
    }, { unit: "kinds", aim: 0 }),
    part(`codes not read, against the best library by itself (${best.name})`, {
      count: of - mine.read,
      of: of - best.read,
    }, { aim: 0.999 }),
    ...[product, own].map((name) => {
      const { read, wrong } = score.of(name);
      const all = { count: wrong, of: read + wrong };
      return part(`wrong reads of ${name}, of all its reads`, all, { unit: "reads", aim: 0 });
    }),
    ...KINDS.map(([name, isMeant, aim]) =>
      part(`not read: ${name}`, score.missed(product, isMeant), { aim })
    ),
  ];
}
