import { Secret } from "@otpsmith/core/secret";
import { PowerLost } from "../firmware.ts";
import { expectImage, type Flash, type FlashImage } from "./flash.ts";

/** One step of a write; a power loss can come between two of them. */
export type CellStep<Memory> = (memory: Memory) => Memory;

/** Writes the memory of a new token as bytes. */
export function packCells(memory: unknown): Secret {
  return Secret.take(new TextEncoder().encode(JSON.stringify(memory)));
}

/** Reads the memory that {@linkcode packCells} wrote. */
export function readCells<Memory>(image: FlashImage): Memory {
  return unpack(image);
}

/**
 * The memory of a family that keeps more than one seed, inside the image of its token: plain JSON that its
 * firmware alone reads.
 */
export class Cells<Memory> {
  readonly #flash: Flash;
  #tearAfter: number | undefined;
  #torn: (() => void) | undefined;

  /** Memory that is there already. */
  constructor(flash: Flash) {
    this.#flash = flash;
  }

  /** The whole image. */
  get image(): FlashImage {
    return expectImage(this.#flash.read(), this.#flash);
  }

  /** What is in it now. */
  read(): Memory {
    return unpack(this.image);
  }

  /** The next write loses power after so many of its steps, and tells. `undefined` takes that back. */
  tearNextWrite(steps: number | undefined, torn?: () => void): void {
    this.#tearAfter = steps;
    this.#torn = torn;
  }

  /**
   * Carries out the steps of one write.
   *
   * @throws {PowerLost} In a write that was to be torn.
   */
  write(steps: readonly CellStep<Memory>[]): void {
    const torn = this.#tearAfter;
    const done = steps.slice(0, torn ?? steps.length);
    this.#flash.update((kept) => {
      const image = expectImage(kept, this.#flash);
      const memory = done.reduce((now, step) => step(now), unpack<Memory>(image));
      return done.length === 0 ? image : { ...image, cells: packCells(memory) };
    });
    if (torn === undefined) return;
    this.#tearAfter = undefined;
    this.#torn?.();
    throw new PowerLost("Cannot finish writing: power was lost");
  }
}

function unpack<Memory>({ cells }: FlashImage): Memory {
  if (!cells) throw new TypeError("Cannot run firmware: its memory is empty");
  return cells.use((bytes) => JSON.parse(new TextDecoder().decode(bytes)) as Memory);
}
