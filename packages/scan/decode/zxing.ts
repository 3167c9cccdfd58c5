import { greyOf, readModules } from "@otpsmith/qr";
import type { ReadResult } from "zxing-wasm/reader";
import type { Corners } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { checkBytesOf, type Level } from "./_check_bytes.ts";
import { toSymbol } from "./_content.ts";
import { isUtf8 } from "./belief.ts";
import type { LookOptions, ReadSymbol, Rung, Sight } from "./rung.ts";

/** Where the decoder's WebAssembly is: its bytes, or the address of a file of one's own server. */
export type WasmSource = ArrayBuffer | Uint8Array | string;

type Library = typeof import("zxing-wasm/reader");

/**
 * zxing-cpp in WebAssembly: all codes at once, inverted, at any angle.
 *
 * Left alone, the library would fetch its WebAssembly from a public server. It is given the file from its
 * package (`zxing-wasm/reader/zxing_reader.wasm`), as bytes or as an address on the page's own server.
 *
 * @example In a page
 * ```ts ignore
 * import { zxing } from "@otpsmith/scan/decode";
 *
 * const rung = zxing("/assets/zxing_reader.wasm");
 * ```
 */
export function zxing(wasm: WasmSource | (() => Promise<WasmSource>)): Rung {
  let library: Promise<Library | undefined> | undefined;
  return {
    name: "zxing",
    async look(pixels, options) {
      library ??= load(wasm);
      const loaded = await library;
      return loaded && await look(loaded, pixels, options);
    },
  };
}

async function load(
  wasm: WasmSource | (() => Promise<WasmSource>),
): Promise<Library | undefined> {
  if (!("WebAssembly" in globalThis)) return undefined;
  try {
    const library = await import("zxing-wasm/reader");
    const source = typeof wasm === "function" ? await wasm() : wasm;
    const overrides = typeof source === "string"
      ? { locateFile: () => source }
      : { wasmBinary: source as ArrayBuffer };
    await library.prepareZXingModule({ overrides, fireImmediately: true });
    return library;
  } catch {
    return undefined; // jsQR can still look, and says more than "no WebAssembly" would
  }
}

async function look(
  library: Library,
  pixels: Pixels,
  { denoise = false }: LookOptions = {},
): Promise<Sight> {
  const pgm = pgmOf(pixels);
  const results = await library.readBarcodes(pgm, {
    // Micro QR holds at most 21 bytes, too few for a seed, and its weak checks find codes in noise.
    formats: ["QRCodeModel2"],
    tryDenoise: denoise,
    textMode: "Plain",
    returnErrors: true,
  }).finally(() => pgm.fill(0));
  const symbols: ReadSymbol[] = [];
  const unreadable: Corners[] = [];
  for (const result of results) {
    const symbol = symbolOf(result);
    if (symbol) symbols.push(symbol);
    else if (/checksum/i.test(result.error)) unreadable.push(cornersOf(result));
  }
  return { symbols, unreadable };
}

/**
 * A symbol, read from its modules once more by a decoder that counts exactly and also restores what is
 * covered. Where that one sees it differently (codes in a mirror), what the library says has to do.
 */
function symbolOf(result: ReadResult): ReadSymbol | undefined {
  const { data, width, height } = result.symbol;
  const corners = cornersOf(result);
  const content = width === height && width > 0
    ? readModules({ size: width, dark: Uint8Array.from(data, (value) => value === 0 ? 1 : 0) })
    : undefined;
  const ours = content && toSymbol(content, corners);
  if (!result.isValid) return ours;
  const theirs = theirSymbol(result);
  const isSame = ours?.bytes.length === theirs.bytes.length &&
    ours.bytes.every((byte, i) => byte === theirs.bytes[i]);
  return ours && isSame ? ours : theirs;
}

function theirSymbol(result: ReadResult): ReadSymbol {
  const { bytes, hasECI, text, sequenceSize, sequenceId, sequenceIndex } = result;
  return {
    // Not the text if it can be helped: its character set is a guess.
    bytes: !hasECI && isUtf8(bytes) ? bytes : new TextEncoder().encode(text),
    corners: cornersOf(result),
    ...countChecks(result),
    erasures: 0, // it has errors only
    part: sequenceSize > 1
      ? { id: sequenceId, index: sequenceIndex, count: sequenceSize }
      : undefined,
  };
}

function cornersOf({ position }: ReadResult): Corners {
  const { topLeft, topRight, bottomRight, bottomLeft } = position;
  return [topLeft, topRight, bottomRight, bottomLeft];
}

/**
 * How many check bytes were not used. The library tells the unused share of the block that needed most, in
 * hundredths, cut off: with at most 30 check bytes a block that is an exact number of them. The other blocks
 * have as many or more. Where one block has none left, nothing speaks for that block, and it counts as none
 * for the whole.
 *
 * It is read as text, for 3.1.4 writes hundredths without their zero: `"UEC":0.7` is 0.07, which as a number
 * would make a code that is worn out one of the best, and 0.7 is `0.70`. Only `1.0` and `0.0` have one digit.
 */
function countChecks(
  { extra, ecLevel, version }: ReadResult,
): Pick<ReadSymbol, "checkBytes" | "unusedCheckBytes"> {
  const check = checkBytesOf(Number(version), ecLevel as Level);
  const [, whole, hundredths] = /"UEC":(\d)\.(\d\d?)[,}]/.exec(extra) ?? [];
  if (!check || whole === undefined) return { checkBytes: 0, unusedCheckBytes: 0 };
  const { blocks, perBlock } = check;
  const share = Number(whole) + Number(hundredths) / 100;
  return {
    checkBytes: blocks * perBlock,
    unusedCheckBytes: blocks * Math.round(share * perBlock),
  };
}

/**
 * A binary PGM file (netpbm) of the pixels, in grey: the library reads it in less time and a quarter of the
 * memory of RGBA.
 */
function pgmOf(pixels: Pixels): Uint8Array {
  const { width, height } = pixels;
  const header = new TextEncoder().encode(`P5 ${width} ${height} 255\n`);
  const pgm = new Uint8Array(header.length + width * height);
  pgm.set(header);
  greyOf(pixels, { into: pgm.subarray(header.length) });
  return pgm;
}
