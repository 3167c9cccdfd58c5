import type { Corners, Point } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";
import { applyFilter, type Filter } from "./filters.ts";
import type { Rung, RungName, Sight } from "./rung.ts";

/** One step of the search: which decoder looks, and at what. */
export interface Step {
  /** What people and programs read: `zxing`, `zxing-denoise`. */
  readonly name: StepName;
  readonly rung: RungName;
  readonly denoise?: boolean;
  readonly filter?: Filter;
  /** Only for pictures in colour, whose colours it sees; all other steps see grey. */
  readonly needsColours?: boolean;
  /** Only for pictures of so many pixels at most, unless nothing else can look. */
  readonly mostPixels?: number;
  /** Whether it looks even where another step has found something: all codes are wanted. */
  readonly always?: boolean;
}

/** The steps there are. */
export type StepName =
  | "screen"
  | "zxing"
  | "zxing-denoise"
  | "screen-colours"
  | "zxing-channel"
  | "zxing-contrast"
  | "zxing-double"
  | "zxing-sharp"
  | "jsqr";

const MEGAPIXEL = 1_000_000;
const FULL_HD = 1920 * 1080;
const FOUR_K = 3840 * 2160;

/** The steps of the search, in order. Those that are not `always` run only if nothing was found before. */
export const LADDER: readonly Step[] = [
  { name: "screen", rung: "screen", always: true },
  { name: "zxing", rung: "zxing", always: true },
  { name: "zxing-denoise", rung: "zxing", denoise: true },
  // Two colours may be equally bright, but not in all of their parts.
  { name: "screen-colours", rung: "screen", needsColours: true },
  ...([0, 1, 2] as const).map((channel): Step => ({
    name: "zxing-channel",
    rung: "zxing",
    filter: { channel },
    needsColours: true,
  })),
  { name: "zxing-contrast", rung: "zxing", filter: "contrast", denoise: true },
  { name: "zxing-double", rung: "zxing", filter: "double", mostPixels: FULL_HD },
  // No decoder reads a blur of 0.6 modules and more by itself. How many pixels that is, nobody knows before.
  ...[1.5, 2.1, 3, 4.2].map((blur): Step => ({
    name: "zxing-sharp",
    rung: "zxing",
    filter: { blur },
    mostPixels: MEGAPIXEL,
  })),
  // 0.13 to 0.19 s a megapixel: as a last attempt it is worth a second or two.
  { name: "jsqr", rung: "jsqr", mostPixels: FOUR_K },
];

/** Takes one step. `undefined` if its decoder cannot run here. */
export async function takeStep(
  pixels: Pixels,
  { step, rungs }: { readonly step: Step; readonly rungs: readonly Rung[] },
): Promise<Sight | undefined> {
  const { rung: name, filter, denoise = false } = step;
  const rung = rungs.find((one) => one.name === name);
  if (!rung) return undefined;
  if (!filter) return await rung.look(pixels, { denoise });
  const filtered = applyFilter(pixels, filter);
  try {
    const sight = await rung.look(filtered, { denoise });
    const scale = filtered.width / pixels.width;
    return sight && scale !== 1 ? scaleBack(sight, scale) : sight;
  } finally {
    filtered.data.fill(0);
  }
}

function scaleBack({ symbols, unreadable }: Sight, scale: number): Sight {
  const back = ([a, b, c, d]: Corners): Corners => [point(a), point(b), point(c), point(d)];
  const point = ({ x, y }: Point): Point => ({ x: x / scale, y: y / scale });
  return {
    symbols: symbols.map((symbol) => ({ ...symbol, corners: back(symbol.corners) })),
    unreadable: unreadable.map(back),
  };
}
