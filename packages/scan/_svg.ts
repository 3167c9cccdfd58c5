import { FormatError } from "@otpsmith/core/errors";
import type { ImageSize } from "./image_header.ts";

/** The longest side that a drawing is rendered with. */
const SIDE = 1600;
/** Of a drawing's own size sharp renders a pixel a point. */
const POINTS_PER_INCH = 72;
/** The largest drawing that is read: 8 MiB. A QR code of one rectangle a module takes 2 MiB at most. */
const MAX_SVG_BYTES = 8 * 1024 * 1024;

/**
 * Refuses a drawing that wants more than to be drawn: entities, which can grow without bounds, and
 * pictures, drawings and styles in other files or on other computers. What renders it (librsvg) has no way to
 * reach them either; but half a drawing would be shown for the whole.
 *
 * Links of the kind `#name` and pictures inside the file (`data:`) may be there.
 *
 * @throws {FormatError} `format/image`
 */
export function checkSvg(bytes: Uint8Array, { source }: { readonly source: string }): void {
  const refuse = (state: string): FormatError =>
    new FormatError("image", `Cannot read ${source}: the SVG drawing ${state}`, {
      source,
      next: "Open it, take a screenshot of the QR code, and use that.",
    });
  if (bytes.length > MAX_SVG_BYTES) throw refuse(`is larger than ${MAX_SVG_BYTES >> 20} MiB`);
  // What is looked for is ASCII; in UTF-16 no signature would have taken it for a drawing.
  const text = new TextDecoder("latin1").decode(bytes);
  if (/<!ENTITY/i.test(text)) throw refuse("defines entities");
  if (/<(?:\w+:)?include[\s>]/i.test(text)) throw refuse("includes another file");
  if (/<\?xml-stylesheet|@import/i.test(text)) throw refuse("takes its style from elsewhere");
  for (
    const [tag] of text.matchAll(
      /<(?:\w+:)?(?:image|use|feImage|tref|pattern|linearGradient|radialGradient)\s[^>]*/gi,
    )
  ) {
    for (const [, value = ""] of tag.matchAll(/(?:href|src)\s*=\s*["']\s*([^"']*)/gi)) {
      if (!/^(?:#|data:|$)/i.test(value)) throw refuse("shows a picture that is not in it");
    }
  }
  for (const [, value = ""] of text.matchAll(/url\(\s*["']?\s*([^)"']*)/gi)) {
    if (!/^(?:#|data:)/i.test(value)) throw refuse("takes something from another place");
  }
}

/** With how many points an inch sharp renders a drawing, so that its longest side has enough pixels. */
export function svgDensity(
  { width, height }: ImageSize,
  { scale }: { readonly scale: number },
): number {
  const density = POINTS_PER_INCH * SIDE * scale / Math.max(width, height);
  return Math.min(Math.max(density, 1), 100_000); // what sharp takes
}

/** The size in pixels that a drawing is rendered with. */
export function sizeAt({ width, height }: ImageSize, density: number): ImageSize {
  const scale = density / POINTS_PER_INCH;
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}
