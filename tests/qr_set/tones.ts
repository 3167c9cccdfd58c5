import { type Colour, grey, luminance } from "./canvas.ts";
import { throughJpeg } from "./lens.ts";
import type { Drawn } from "./picture.ts";
import type { Random } from "./random.ts";
import { onDesk, someSymbol } from "./screens.ts";

/** Saved as JPEG of quality 10 to 90. */
export async function jpeg(random: Random, index: number): Promise<Drawn> {
  const quality = 10 + 10 * (index % 9);
  const drawn = onDesk(random, someSymbol(random), { width: random.whole(3, 6) });
  const canvas = await throughJpeg(drawn.canvas, quality);
  return { ...drawn, canvas, facts: { ...drawn.facts, quality } };
}

/** Colours of a screen that is set up badly, or of a picture that was made brighter or darker. */
export function gamma(random: Random, index: number): Drawn {
  const exponent = [0.2, 0.33, 0.5, 0.7, 1.5, 2.2, 3, 4][index % 8]!;
  const style = {
    width: random.pick([2, 2.5, 3, 4, 5]),
    dark: grey(random.whole(20, 90)),
    light: grey(random.whole(190, 250)),
  };
  const drawn = onDesk(random, someSymbol(random), style);
  drawn.canvas.map((value) => 255 * (value / 255) ** exponent);
  return { ...drawn, facts: { ...drawn.facts, exponent } };
}

/** Faint: light and dark modules differ by so many grey levels. */
export function faint(...contrasts: readonly number[]) {
  return (random: Random, index: number): Drawn => {
    const contrast = contrasts[index % contrasts.length]!;
    const base = random.whole(0, 255 - contrast);
    const style = { width: random.whole(2, 6), dark: grey(base), light: grey(base + contrast) };
    const drawn = onDesk(random, someSymbol(random), style);
    return { ...drawn, facts: { ...drawn.facts, contrast } };
  };
}

/** A colour on another one; they differ well in one of red, green and blue, but perhaps not in brightness. */
export function coloured(random: Random): Drawn {
  const colour = (): Colour => [random.whole(0, 255), random.whole(0, 255), random.whole(0, 255)];
  let [dark, light] = [colour(), colour()];
  while (dark.every((value, i) => Math.abs(value - light[i]!) < 80)) light = colour();
  if (luminance(dark) > luminance(light) && random.chance(0.5)) [dark, light] = [light, dark];
  const drawn = onDesk(random, someSymbol(random), { width: random.whole(2, 6), dark, light });
  const contrast = Math.round(luminance(light) - luminance(dark));
  return { ...drawn, facts: { ...drawn.facts, contrast } };
}
