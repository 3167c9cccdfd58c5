import { Line, type Pixels, type Raster } from "./pixels.ts";

/** Which lines to close: dark ones in what is light, or light ones in what is dark. */
export type Gap = "dark" | "light";

/**
 * A picture without lines that are at most `width` pixels high. A terminal leaves some between its rows, which cut the
 * modules of a code into pieces.
 *
 * Morphological closing or opening along columns (Serra, "Image Analysis and Mathematical Morphology", 1982).
 */
export function closeGaps(
  raster: Raster,
  { gap, width }: { readonly gap: Gap; readonly width: number },
): Pixels {
  const line = new Line(raster.width);
  const rows = Array.from({ length: raster.height }, (_, y) => {
    raster.row(y, line);
    return line.values.slice();
  });
  const grown = slide(rows, { width, isLightest: gap === "dark", behind: width });
  const shrunk = slide(grown, { width, isLightest: gap === "light", behind: 0 });
  const data = new Uint8Array(raster.width * raster.height);
  for (const [y, row] of shrunk.entries()) data.set(row, y * raster.width);
  return { width: raster.width, height: raster.height, data };
}

/** For each row the lightest or darkest of `width` more rows, of which `behind` are above it. */
function slide(
  rows: readonly Uint8Array[],
  { width, isLightest, behind }: {
    readonly width: number;
    readonly isLightest: boolean;
    readonly behind: number;
  },
): readonly Uint8Array[] {
  return rows.map((_, y) => {
    const from = Math.max(0, y - behind), to = Math.min(rows.length - 1, y - behind + width);
    const out = rows[from]!.slice();
    for (let other = from + 1; other <= to; other++) {
      const row = rows[other]!;
      for (let x = 0; x < out.length; x++) {
        const value = row[x]!;
        if (isLightest ? value > out[x]! : value < out[x]!) out[x] = value;
      }
    }
    return out;
  });
}
