import { type Box, type Canvas, type Colour, grey, luminance, WHITE } from "./canvas.ts";
import { drawWindow } from "./desk.ts";
import { type Drawn, shown } from "./picture.ts";
import type { Random } from "./random.ts";
import { onDesk, someSymbol } from "./screens.ts";
import { cornersOf, LEVELS, type Symbol } from "./symbol.ts";

/** A logo in the middle of 3 to 20 % of the code, where the error correction allows for it. */
export function logo(random: Random, index: number): Drawn {
  const share = [3, 5, 8, 10, 12, 15, 18, 20][index % 8]!;
  const levels = LEVELS.slice(share <= 3 ? 0 : share <= 12 ? 1 : 2);
  const symbol = someSymbol(random, levels);
  const drawn = onDesk(random, symbol, { width: random.whole(3, 6) });
  const [{ x, y }, , opposite] = drawn.codes[0]!.corners;
  const side = Math.round((opposite.x - x) * Math.sqrt(share / 100));
  const middle = { x: Math.round((x + opposite.x) / 2), y: Math.round((y + opposite.y) / 2) };
  const box = { x: middle.x - (side >> 1), y: middle.y - (side >> 1), width: side, height: side };
  const colour = [random.whole(0, 255), random.whole(0, 255), random.whole(0, 255)] as const;
  const rim = Math.round(side / 12);
  drawn.canvas.fill(box, random.chance(0.7) ? WHITE : colour);
  if (random.chance(0.5)) {
    disc(drawn.canvas, middle, side / 2 - rim, colour);
    disc(drawn.canvas, middle, side / 5, random.pick([WHITE, grey(30)]));
  } else {
    const inner = side - 2 * rim;
    drawn.canvas.fill({ x: box.x + rim, y: box.y + rim, width: inner, height: inner }, colour);
    const bar = {
      x: box.x + 2 * rim,
      width: Math.max(1, side - 4 * rim),
      height: Math.max(1, rim),
    };
    for (const part of [0.3, 0.5, 0.7]) {
      drawn.canvas.fill({ ...bar, y: box.y + Math.round(side * part) }, WHITE);
    }
  }
  return { ...drawn, facts: { ...drawn.facts, share, level: symbol.level } };
}

function disc(
  canvas: Canvas,
  middle: { x: number; y: number },
  radius: number,
  colour: Colour,
): void {
  for (let y = Math.floor(middle.y - radius); y <= middle.y + radius; y++) {
    for (let x = Math.floor(middle.x - radius); x <= middle.x + radius; x++) {
      const distance = Math.hypot(x + 0.5 - middle.x, y + 0.5 - middle.y);
      const part = Math.min(1, radius - distance + 0.5);
      if (part > 0) canvas.blend(x, y, colour, part);
    }
  }
}

/** Where something lies over a code. "corner" is the one without an eye. */
export type CoveredPart = "centre" | "corner" | "edge" | "finder";
const SHARES = [2, 4, 6, 8, 12, 16, 25];

/** Something lies over 2 to 25 % of the code: a window with text, or something of one colour. */
export function covered(part: CoveredPart) {
  return (random: Random, index: number): Drawn => {
    const level = LEVELS[index % 4]!;
    const share = SHARES[Math.floor(index / 4) % SHARES.length]!;
    const symbol = someSymbol(random, [level]);
    const drawn = onDesk(random, symbol, { width: random.whole(3, 6) });
    const [{ x, y }, , opposite] = drawn.codes[0]!.corners;
    const side = opposite.x - x;
    const beyond = random.whole(1, 60);
    const box = part === "edge" && random.chance(0.5)
      ? strip(random, { x, y, side, beyond }, Math.round(side * share / 100))
      : patch(random, { x, y, side, beyond }, { part, share });
    cover(drawn.canvas, box, random);
    return { ...drawn, facts: { ...drawn.facts, share, level } };
  };
}

interface Frame {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** How far what covers the code goes on outside of it. */
  readonly beyond: number;
}

/** Along the whole right or lower side, with the eye there. */
function strip(random: Random, { x, y, side, beyond }: Frame, breadth: number): Box {
  const along = { from: -beyond, length: side + 2 * beyond };
  const across = { from: side - breadth, length: breadth + beyond };
  const [h, v] = random.chance(0.5) ? [along, across] : [across, along];
  return { x: x + h.from, y: y + v.from, width: h.length, height: v.length };
}

/** A piece about as wide as high. */
function patch(
  random: Random,
  { x, y, side, beyond }: Frame,
  { part, share }: { readonly part: CoveredPart; readonly share: number },
): Box {
  const shape = random.real(0.7, 1.4);
  const width = Math.round(side * Math.sqrt(share / 100) * shape);
  const height = Math.round(side * Math.sqrt(share / 100) / shape);
  const [right, bottom] = [side - width, side - height];
  const place = placeOf(part, random, right, bottom);
  const out = {
    left: place.x === 0 ? beyond : 0,
    right: place.x === right ? beyond : 0,
    top: place.y === 0 ? beyond : 0,
    bottom: place.y === bottom ? beyond : 0,
  };
  return {
    x: x + place.x - out.left,
    y: y + place.y - out.top,
    width: width + out.left + out.right,
    height: height + out.top + out.bottom,
  };
}

function placeOf(part: CoveredPart, random: Random, right: number, bottom: number) {
  const middle = (most: number) => Math.round(most * random.real(0.4, 0.6));
  if (part === "centre") return { x: middle(right), y: middle(bottom) };
  if (part === "corner") return { x: right, y: bottom };
  if (part === "finder") {
    return random.pick([{ x: 0, y: 0 }, { x: right, y: 0 }, { x: 0, y: bottom }]);
  }
  const along = random.real(0.3, 0.7);
  const [x, y] = [Math.round(right * along), Math.round(bottom * along)];
  return random.pick([{ x, y: 0 }, { x, y: bottom }, { x: 0, y }, { x: right, y }]);
}

/** Draws what covers: half of it windows, the rest of one colour. */
export function cover(canvas: Canvas, box: Box, random: Random): void {
  if (random.chance(0.5)) drawWindow(canvas, box, random);
  else {canvas.fill(
      box,
      random.pick<Colour>([WHITE, grey(0), grey(128), [40, 110, 200], [250, 200, 60]]),
    );}
}

/** Round eyes, colours that change from one side to the other, light on dark. */
export function round(random: Random, index: number): Drawn {
  return styled(random, { isDark: index % 2 === 1, hasGradient: index % 4 >= 2, dot: 1 });
}

/** Modules that do not touch each other: dots, or squares with gaps. */
export function dots(random: Random, index: number): Drawn {
  const dot = random.real(0.4, 0.9);
  const drawn = styled(random, {
    isDark: false,
    hasGradient: index % 4 >= 2,
    dot,
    isRound: index % 2 === 0,
  });
  return { ...drawn, facts: { ...drawn.facts, dot } };
}

interface Style {
  readonly isDark: boolean;
  readonly hasGradient: boolean;
  /** Size of a module, where 1 touches its neighbours. */
  readonly dot: number;
  readonly isRound?: boolean;
}

function styled(random: Random, { isDark, hasGradient, dot, isRound = false }: Style): Drawn {
  const symbol = someSymbol(random, ["M", "Q", "H"]);
  const width = random.whole(4, 9);
  const light = isDark ? grey(random.whole(0, 40)) : grey(random.whole(225, 255));
  const ink = (): Colour => {
    for (;;) {
      const colour = [random.whole(0, 255), random.whole(0, 255), random.whole(0, 255)] as const;
      if (Math.abs(luminance(colour) - luminance(light)) > 110) return colour;
    }
  };
  const first = ink(), second = hasGradient ? ink() : first;
  const drawn = onDesk(random, symbol, { width, dark: light, light });
  const { canvas } = drawn;
  const origin = drawn.codes[0]!.corners[0];
  const side = symbol.size * width;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let part = 0;
      for (let i = 0; i < 4; i++) {
        const u = (x + 0.25 + 0.5 * (i & 1)) / width, v = (y + 0.25 + 0.5 * (i >> 1)) / width;
        if (isInk(symbol, u, v, { dot, isRound })) part += 0.25;
      }
      const along = (x + y) / (2 * side);
      const colour = first.map((value, i) => value + (second[i]! - value) * along);
      if (part > 0) canvas.blend(origin.x + x, origin.y + y, colour as unknown as Colour, part);
    }
  }
  const corners = cornersOf(origin, side, side);
  return { canvas, codes: [shown(symbol, corners)], facts: { pixels: width } };
}

/** Whether there is ink at a place, in modules: rings for the eyes, dots or squares elsewhere. */
function isInk(
  symbol: Symbol,
  u: number,
  v: number,
  { dot, isRound }: { readonly dot: number; readonly isRound: boolean },
): boolean {
  const far = symbol.size - 3.5;
  const eyeX = u < symbol.size / 2 ? 3.5 : far, eyeY = v < symbol.size / 2 ? 3.5 : far;
  const x = Math.abs(u - eyeX), y = Math.abs(v - eyeY);
  if (x < 3.5 && y < 3.5 && (eyeX < far || eyeY < far)) {
    const isRing = isInRounded(x, y, 3.5, 2.2) && !isInRounded(x, y, 2.5, 1.4);
    return isRing || isInRounded(x, y, 1.5, 1);
  }
  const [column, row] = [Math.floor(u), Math.floor(v)];
  if (!symbol.isDark(column, row)) return false;
  const [dx, dy] = [Math.abs(u - column - 0.5), Math.abs(v - row - 0.5)];
  return isRound ? dx * dx + dy * dy <= dot * dot / 4 : Math.max(dx, dy) <= dot / 2;
}

/** Whether a square with round corners has a place in it, seen from its middle. */
function isInRounded(x: number, y: number, half: number, radius: number): boolean {
  const right = Math.max(0, x - half + radius), down = Math.max(0, y - half + radius);
  return right * right + down * down <= radius * radius;
}
