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
  const { width, height } = picture;
  const pixels: Pixels = { width, height, data: new Uint8Array(picture.data) };
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
