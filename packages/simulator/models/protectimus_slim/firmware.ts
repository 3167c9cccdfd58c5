import { concatBytes } from "@otpsmith/core/bytes";
import { type Firmware, PowerLost } from "../../firmware.ts";
import { setClock } from "../../parts/clock.ts";
import { readDisplay } from "../../parts/display.ts";
import { expectImage, type Flash, type FlashImage } from "../../parts/flash.ts";

/** What a token says of itself. */
export interface SlimVersion {
  /** Hardware scheme, a byte of two decimal digits. */
  readonly hardware: number;
  /** Firmware before and behind the point, likewise. */
  readonly firmware: readonly [number, number];
  /** Whether anybody may set its clock. */
  readonly setsClock: boolean;
}

/** What {@linkcode SlimFirmware} is made of. */
export interface SlimParts {
  readonly version: SlimVersion;
  /** Its storage, which must hold an image already. */
  readonly flash: Flash;
  /** Milliseconds since 1970. */
  now(): number;
}

const READ_CODE = 0x42;
const READ_INFO = 0x10;
const SET_CLOCK = 0x12;
/** Made up: what a token says to a command that it does not take is not published. */
const NO = 0x15;

/**
 * A Protectimus SLIM NFC: frames with a checksum, no APDUs. Written from the bytes that a published script
 * sends and expects (SySS-Research/protectimus-slim-proxmark3@c113bcb).
 */
export class SlimFirmware implements Firmware {
  /** What a reader makes up for a contactless card without historical bytes. */
  readonly atr: Uint8Array = Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01);
  readonly #parts: SlimParts;
  #tearAfter: number | undefined;

  constructor(parts: SlimParts) {
    this.#parts = parts;
  }

  /** It keeps nothing between two commands. */
  forgetSession(): void {}

  tearNextWrite(steps: number | undefined): void {
    this.#tearAfter = steps;
  }

  display(now: number): ReturnType<typeof readDisplay> {
    return readDisplay(this.#image(), now);
  }

  /** Whatever is no frame is answered as a card does that does not know the class. */
  process(frame: Uint8Array): Uint8Array {
    if (frame[0] !== 0x86) return Uint8Array.of(0x6e, 0x00);
    const [, length = 0] = frame;
    const body = frame.subarray(2, 1 + length);
    if (frame.length !== 2 + length || sum(body) !== frame.at(-1)) return answer(NO);
    const byCommand: Readonly<Record<number, (() => Uint8Array) | undefined>> = {
      [READ_CODE]: () => this.#readCode(),
      [READ_INFO]: () => this.#readInfo(),
      [SET_CLOCK]: () => this.#setClock(body),
    };
    return byCommand[body[0] ?? -1]?.() ?? answer(NO);
  }

  #readCode(): Uint8Array {
    const { code } = this.display(this.#parts.now());
    return answer(READ_CODE, ...Array.from(code ?? "", Number));
  }

  #readInfo(): Uint8Array {
    const { hardware, firmware } = this.#parts.version;
    const { period } = this.#image().active;
    return answer(READ_INFO, 0, hardware, ...firmware, 0, 1, 0, period === 60 ? 0x10 : 0x00, 0);
  }

  /** The time step comes with the clock and counts at once; the seed stays, and nobody is asked for a key. */
  #setClock(body: Uint8Array): Uint8Array {
    const period = body[3];
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    const rest = body[8] ?? 0xff;
    const right = body.length === 9 && (period === 30 || period === 60) && rest < period;
    if (!right || !this.#parts.version.setsClock) return answer(NO);
    const seconds = view.getUint32(4) * period + rest;
    const now = this.#parts.now();
    this.#write((image) => ({
      ...image,
      clock: setClock(image.clock, { seconds, now }),
      stored: { ...image.stored, period },
      active: { ...image.active, period },
    }));
    return answer(SET_CLOCK);
  }

  /** A write has one step: torn before it, nothing is written. */
  #write(step: (image: FlashImage) => FlashImage): void {
    const { flash } = this.#parts;
    const torn = this.#tearAfter;
    this.#tearAfter = undefined;
    if (torn !== 0) flash.update((image) => step(expectImage(image, flash)));
    if (torn !== undefined) throw new PowerLost("Cannot finish writing: power was lost");
  }

  #image(): FlashImage {
    return expectImage(this.#parts.flash.read(), this.#parts.flash);
  }
}

/** AA, the length of the rest, the command, its data, and the exclusive-or of both. */
function answer(...body: readonly number[]): Uint8Array {
  const bytes = Uint8Array.from(body);
  return concatBytes([Uint8Array.of(0xaa, body.length + 1), bytes, Uint8Array.of(sum(bytes))]);
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((all, byte) => all ^ byte, 0);
}
