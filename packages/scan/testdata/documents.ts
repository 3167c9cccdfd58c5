import { modulesOf } from "./drawn.ts";

/** A code as a path of squares, and its size with a margin of four modules. */
function squares(
  text: string,
): { readonly at: readonly (readonly [x: number, y: number])[]; size: number } {
  const modules = modulesOf(text, {});
  const at = modules.flatMap((row, y) =>
    row.flatMap((isDark, x) => isDark ? [[x + 4, y + 4] as const] : [])
  );
  return { at, size: modules.length + 8 };
}

/** An SVG drawing of a code, with something more inside if wanted. */
export function svg(text: string, { more = "", head = "", colour = "black" } = {}): Uint8Array {
  const { at, size } = squares(text);
  const path = at.map(([x, y]) => `M${x} ${y}h1v1h-1z`).join("");
  return new TextEncoder().encode(
    `${head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
      `viewBox="0 0 ${size} ${size}" width="${size}" height="${size}">` +
      `<path fill="${colour}" shape-rendering="crispEdges" d="${path}"/>${more}</svg>`,
  );
}

/**
 * A PDF file (ISO 32000-1) with a code on each page, drawn as squares; no code for an empty text.
 *
 * @param options.points side of the code in points
 * @param options.page width and height of the pages in points; A4 if left out
 */
export function pdf(
  texts: readonly string[],
  { points = 70, page: [width, height] = [595, 842] }: {
    readonly points?: number;
    readonly page?: readonly [number, number];
  } = {},
): Uint8Array {
  const objects = ["<< /Type /Catalog /Pages 2 0 R >>"];
  const kids = texts.map((_, i) => `${3 + 2 * i} 0 R`).join(" ");
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${texts.length} >>`);
  for (const text of texts) {
    const { at, size } = text === "" ? { at: [], size: 1 } : squares(text);
    const path = at.map(([x, y]) => `${x} ${size - 1 - y} 1 1 re`).join(" ");
    const scale = points / size;
    const content = `q ${scale} 0 0 ${scale} 300 500 cm ${path} f Q`;
    const number = objects.length + 2;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${number} 0 R >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    );
  }
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const offset = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = file.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const count = objects.length + 1;
  file += `xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer\n` +
    `<< /Size ${count} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return new TextEncoder().encode(file);
}
