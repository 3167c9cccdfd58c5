import type { QRCode } from "jsqr";
import type { Corners } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { isUtf8, LEAST_UNUSED } from "./belief.ts";
import type { ReadSymbol, Rung, Sight } from "./rung.ts";

type JsQr = (data: Uint8ClampedArray, width: number, height: number) => QRCode | null;

/** It finds one code a call; more than that are no screen of a person. */
const MOST_CODES = 32;

/** jsQR: slower and with less success than zxing, but plain JavaScript. */
export function jsqr(): Rung {
  let library: Promise<JsQr> | undefined;
  return {
    name: "jsqr",
    look: async (pixels) => look(await (library ??= load()), pixels),
  };
}

async function load(): Promise<JsQr> {
  const module: unknown = await import("jsqr");
  const { default: exported } = module as { default: JsQr | { default: JsQr } };
  return typeof exported === "function" ? exported : exported.default;
}

// Each code that is found is painted over, and the search goes on.
function look(read: JsQr, { width, height, data }: Pixels): Sight {
  const pixels = new Uint32Array(width * height); // grey has four equal bytes in any byte order
  for (let i = 0; i < pixels.length; i++) pixels[i] = data[i]! * 0x01010101;
  const rgba = new Uint8ClampedArray(pixels.buffer);
  const symbols: ReadSymbol[] = [];
  for (let code; symbols.length < MOST_CODES && (code = read(rgba, width, height));) {
    const symbol = toSymbol(code);
    symbols.push(symbol);
    paintOver(pixels, { width, height, corners: symbol.corners });
  }
  rgba.fill(0);
  return { symbols, unreadable: [] };
}

function toSymbol({ binaryData, data, location }: QRCode): ReadSymbol {
  const { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner } = location;
  const bytes = Uint8Array.from(binaryData);
  return {
    bytes: isUtf8(bytes) ? bytes : new TextEncoder().encode(data),
    corners: [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner],
    // The library does not tell how much it corrected. It is not asked about codes that another one gave
    // up, and its text has to be well formed, as that of any code that was corrected.
    checkBytes: LEAST_UNUSED + 1,
    unusedCheckBytes: LEAST_UNUSED,
    erasures: 0,
    part: undefined,
  };
}

interface Area {
  readonly width: number;
  readonly height: number;
  readonly corners: Corners;
}

function paintOver(pixels: Uint32Array, { width, height, corners }: Area): void {
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const clamp = (value: number, most: number): number =>
    Math.round(Math.min(Math.max(value, 0), most));
  const right = clamp(Math.max(...xs), width - 1);
  const bottom = clamp(Math.max(...ys), height - 1);
  for (let y = clamp(Math.min(...ys), height - 1); y <= bottom; y++) {
    for (let x = clamp(Math.min(...xs), width - 1); x <= right; x++) {
      const sides = corners.map((a, i) => {
        const b = corners[(i + 1) % 4]!;
        return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
      });
      const isInside = sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
      if (isInside) pixels[y * width + x] = 0xffffffff;
    }
  }
}
