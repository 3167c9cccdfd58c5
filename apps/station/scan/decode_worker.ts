/**
 * The worker that reads codes, with the decoders of the scan package. Its WebAssembly comes from the page's
 * own server.
 *
 * @module
 */
import { jsqr, LADDER, type Pixels, screen, searchPixels, zxing } from "@otpsmith/scan/decode";
import type { Look, Picture } from "./decoder.ts";

/** What a worker has of the browser; the rest of the page's types is not for workers. */
interface WorkerScope {
  onmessage: ((message: { readonly data: Picture }) => void) | null;
  postMessage(look: Look): void;
}

/** The steps that always look: they read all but badly damaged codes. */
const QUICK = LADDER.filter(({ always }) => always);

const scope = self as unknown as WorkerScope;
const rungs = [screen(), zxing(new URL("zxing_reader.wasm", location.href).href), jsqr()];

scope.onmessage = ({ data }) => void look(data);

async function look(picture: Picture): Promise<void> {
  const pixels = greyOf(picture);
  try {
    // The next frame of a screen is there already: the long way is for pictures that stand still.
    const steps = picture.live ? QUICK : LADDER;
    const { codes, obstacle } = await searchPixels([pixels], { rungs, steps });
    scope.postMessage({
      codes: codes.map(({ bytes, erasures }) => {
        const text = new TextDecoder().decode(bytes);
        bytes.fill(0);
        return { text, repaired: erasures > 0 };
      }),
      doubtful: obstacle !== undefined,
    });
  } finally {
    pixels.data.fill(0);
  }
}

/** Grey as the decoders take it; what the canvas gave is overwritten. */
function greyOf({ width, height, data }: Picture): Pixels {
  const colours = new Uint8Array(data);
  const grey = new Uint8Array(width * height);
  for (let pixel = 0, at = 0; pixel < grey.length; pixel++, at += 4) {
    // The weights of ITU-R BT.601 in sixteenths, a little rounded.
    grey[pixel] = (5 * colours[at]! + 9 * colours[at + 1]! + 2 * colours[at + 2]!) >> 4;
  }
  colours.fill(0);
  return { width, height, data: grey };
}
