/** A picture with more pixels than that is no screenshot: two 8K screens side by side. */
const MAX_PIXELS = 2 * 7680 * 4320;

/** The pixels of anything that can be drawn. Transparent parts become white, as on most pages. */
export function pixelsOf(
  source: CanvasImageSource,
  { width, height }: { readonly width: number; readonly height: number },
): ImageData {
  if (width * height === 0 || width * height > MAX_PIXELS) throw new RangeError("Not a screenshot");
  const context = new OffscreenCanvas(width, height)
    .getContext("2d", { willReadFrequently: true, alpha: false })!;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  const image = context.getImageData(0, 0, width, height);
  context.clearRect(0, 0, width, height);
  return image;
}

/**
 * The pixels of a file: all that the browser can show, SVG too.
 *
 * @throws {Error} If it is no picture.
 */
export async function pixelsOfFile(file: Blob): Promise<ImageData> {
  if (file.type === "image/svg+xml") return await pixelsOfSvg(file);
  const bitmap = await createImageBitmap(file);
  try {
    return pixelsOf(bitmap, bitmap);
  } finally {
    bitmap.close();
  }
}

/** Drawings have no pixels of their own: this many on the longer side are enough for the largest code. */
const SVG_SIDE = 1600;

async function pixelsOfSvg(file: Blob): Promise<ImageData> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image(); // scripts and links in it do nothing in an <img>
    image.src = url;
    await image.decode();
    const { naturalWidth: width = 1, naturalHeight: height = 1 } = image;
    const scale = SVG_SIDE / Math.max(width, height, 1);
    return pixelsOf(image, {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}
