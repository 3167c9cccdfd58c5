import { greyOf, type Modules, readModules } from "@otpsmith/qr";
import type { QRCode } from "jsqr";
import type { Corners } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { toSymbol } from "./_content.ts";
import { sampleModules } from "./_sample.ts";
import type { GreyPixels } from "./grey.ts";
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
function look(read: JsQr, { width, height, data: given }: Pixels): Sight {
  const data = greyOf({ width, height, data: given });
  const pixels = { width, height, data };
  const words = new Uint32Array(width * height); // grey has four equal bytes in any byte order
  for (let i = 0; i < words.length; i++) words[i] = data[i]! * 0x01010101;
  const rgba = new Uint8ClampedArray(words.buffer);
  const symbols: ReadSymbol[] = [];
  const unreadable: Corners[] = [];
  for (let calls = 0; calls < MOST_CODES; calls++) {
    const code = read(rgba, width, height);
    if (!code) break;
    code.binaryData.fill(0);
    const corners = cornersOf(code);
    const symbol = readAt(pixels, { corners, version: code.version });
    if (symbol) symbols.push(symbol);
    else unreadable.push(corners);
    paintOver(words, { width, height, corners });
  }
  rgba.fill(0);
  data.fill(0);
  return { symbols, unreadable };
}

function cornersOf({ location }: QRCode): Corners {
  const { topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner } = location;
  return [topLeftCorner, topRightCorner, bottomRightCorner, bottomLeftCorner];
}

/**
 * The library does not tell how much it corrected, so only where the code lies is taken from it: the
 * modules there are read once more, by a decoder that counts.
 */
function readAt(
  pixels: GreyPixels,
  { corners, version }: { readonly corners: Corners; readonly version: number },
): ReadSymbol | undefined {
  const modules = sampleModules(pixels, corners, 17 + 4 * version);
  const content = readModules(modules) ?? readModules(inverted(modules));
  return content && toSymbol(content, corners);
}

function inverted({ size, dark }: Modules): Modules {
  return { size, dark: dark.map((value) => 1 - value) };
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
