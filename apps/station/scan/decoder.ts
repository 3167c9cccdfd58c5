/** A code that was read in a picture. */
export interface ReadCode {
  /** Its text. */
  readonly text: string;
  /** Whether covered parts of it were worked out. */
  readonly repaired: boolean;
}

/** What a look at a picture came to. */
export interface Look {
  /** The codes in it. */
  readonly codes: readonly ReadCode[];
  /** Whether there was one that is too damaged to be trusted. */
  readonly doubtful: boolean;
}

/** Pixels as a canvas gives them; the buffer is handed over and wiped. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayBufferLike;
  /** Whether it is one of many frames, of which the next one may be better. */
  readonly live: boolean;
}

/** Decodes pictures in a worker, so that the page stays quick. One look at a time. */
export class PictureDecoder {
  readonly #worker = new Worker("decode_worker.js", { type: "module" });
  #last: Promise<unknown> = Promise.resolve();

  /** Looks for codes. The picture cannot be used afterwards. */
  look(image: ImageData, { live }: { readonly live: boolean }): Promise<Look> {
    const answer = this.#last.then(() =>
      new Promise<Look>((resolve, reject) => {
        this.#worker.onmessage = ({ data }: MessageEvent<Look>) => resolve(data);
        this.#worker.onerror = () => reject(new Error("The decoder failed"));
        const { width, height, data: { buffer } } = image;
        this.#worker.postMessage({ width, height, data: buffer, live } satisfies Picture, [buffer]);
      })
    );
    this.#last = answer.catch(() => undefined);
    return answer;
  }
}
