import { FormatError, LinkError } from "@otpsmith/core/errors";
import type { Secret } from "@otpsmith/core/secret";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "./card.ts";
import type { VirtualReportDevice } from "./report_device.ts";
import { type Faults, withFaults } from "./faults.ts";
import { ReportFaults } from "./report_faults.ts";
import { type Firmware, PowerLost, type UsbShape, type VirtualFamily } from "./firmware.ts";
import type { OathQuirks } from "./models/security_key/mod.ts";
import type { Molto2Quirks } from "./models/token2_molto2/mod.ts";
import type { InfoFraming } from "./models/token2_single/mod.ts";
import { Button, type Presser } from "./parts/button.ts";
import { DARK, type DisplayReading } from "./parts/display.ts";
import {
  expectImage,
  type Flash,
  type FlashImage,
  memoryFlash,
  type OtpSettings,
} from "./parts/flash.ts";
import { Hands } from "./parts/hands.ts";
import { type RandomSource, systemRandom } from "./parts/random.ts";
import { type ReaderQuirk, slowCard, t0Card } from "./quirks.ts";
import { parseTokenSpec, serialFor, type TokenSpec } from "./token_spec.ts";

/** How a token, or the reader it lies on, differs from the plain one. */
export interface Personality {
  /** Switches itself off 15, 30, 60 or 120 s after it was switched on. Else it stays awake. */
  readonly sleepy?: boolean | undefined;
  /** Milliseconds it takes for each answer. */
  readonly slowMs?: number | undefined;
  /** A reader that shows its T=0 protocol. */
  readonly reader?: ReaderQuirk | undefined;
  /** How serial and clock are framed; `zeros` unless given. */
  readonly info?: InfoFraming | undefined;
  /** Locks for good after so many wrong answers in a row; never unless given. */
  readonly lockAfter?: number | undefined;
  /** In what a multi-profile token differs. */
  readonly molto2?: Molto2Quirks | undefined;
  /** In what the OATH application of a security key differs. */
  readonly oath?: OathQuirks | undefined;
  /** Who presses the button of a token that wants it; somebody does at once unless given. */
  readonly presser?: Presser | undefined;
}

/** How a token left the factory. Counts only where its storage is empty; all of it may be left out. */
export interface FactoryOptions {
  /** Serial number; the first of the model unless given. */
  readonly serial?: string | undefined;
  /** Whether a clock write clears the seed; as the model does unless given. */
  readonly restricted?: boolean | undefined;
  /** How far the clock is off, in seconds; positive is ahead. */
  readonly clockOffsetSeconds?: number | undefined;
  /** How fast the clock's crystal runs, in parts per million. */
  readonly ppm?: number | undefined;
  /** A seed that it is delivered with, for SHA-1 and 30 s. Copied; the caller wipes its own. */
  readonly seed?: Secret | undefined;
}

/** Options of {@linkcode createVirtualToken}. */
export interface VirtualTokenOptions extends FactoryOptions {
  /** Family and model, such as `token2-single:C302-i`. Left out: the one in storage, else a C302-i. */
  readonly model?: string | undefined;
  /** Further families that `model` may be of: those that live outside of the simulator. */
  readonly families?: readonly VirtualFamily[] | undefined;
  /** Which serial number of the model is taken unless one is given, counted from 1. */
  readonly ordinal?: number | undefined;
  /** Where it keeps its state; in memory unless given. */
  readonly storage?: Flash | undefined;
  /** What time it is; the computer's unless given. */
  readonly time?: TimeSource | undefined;
  /** Where its challenges come from. */
  readonly random?: RandomSource | undefined;
  /** The 16-byte access key of an OEM's tokens; Token2's published one unless given. */
  readonly key?: Uint8Array | undefined;
  /** How it differs from the plain one. */
  readonly personality?: Personality | undefined;
}

/** A token made of software. */
export interface VirtualToken {
  /** Family and model. */
  readonly model: string;
  /** What its family is made of. */
  readonly family: VirtualFamily;
  /** Serial number. */
  readonly serial: string;
  /** What a reader talks to. */
  readonly card: VirtualCard;
  /** Its HID interfaces, in order; none unless it is plugged in and speaks in reports. */
  readonly reports: readonly VirtualReportDevice[];
  /** What its USB descriptors say, where it has HID interfaces. */
  readonly usb: UsbShape | undefined;
  /** Who switches it on and off, places it and takes it away. */
  readonly hands: Hands;
  /** What goes wrong between a reader and its card, and when. */
  readonly faults: Faults;
  /** What goes wrong with the reports of its HID interfaces, and when. */
  readonly reportFaults: ReportFaults;
  /** What a person sees on it now; in one of several slots, where it is named. */
  display(slot?: number): DisplayReading;
}

/** The model that is made where nobody asked for one: its seed survives setting the clock. */
const DEFAULT_MODEL = "token2-single:C302-i";

/**
 * Makes a token, or wakes the one whose state is in the storage. It is switched on and lies on a
 * reader.
 *
 * @throws {FormatError} If there is no such model, the serial number does not fit it, the storage
 * cannot be read, or it holds another token than the one asked for.
 *
 * @example Ask a token for its serial number
 * ```ts
 * import { createVirtualToken } from "@otpsmith/simulator";
 *
 * const token = createVirtualToken({ model: "token2-single:C302-i" });
 * const answer = await token.card.process(Uint8Array.of(0x80, 0x41, 0, 0, 2, 0x02, 0x11));
 * const serial = new TextDecoder().decode(answer.subarray(4, 18));
 * if (serial !== token.serial) throw new Error("unexpected");
 * ```
 */
export function createVirtualToken(options: VirtualTokenOptions = {}): VirtualToken {
  const { storage = memoryFlash(), time = systemTime, personality = {} } = options;
  const random = options.random ?? systemRandom;
  const { model, serial } = unpack(storage, time, options);
  const spec = parseTokenSpec(model, options.families);
  const button = new Button(time, personality.presser);
  const firmware = spec.family.boot({
    model: spec.model,
    flash: storage,
    time,
    random,
    button,
    key: options.key,
    personality,
  });
  const hands = new Hands(
    {
      wake: () => {
        storage.update((kept) => {
          const image = expectImage(kept, storage);
          return { ...image, powerCycles: image.powerCycles + 1, active: image.stored };
        });
      },
      forget: () => firmware.forgetSession(),
      autoOffSeconds: () => firmware.autoOffSeconds?.(),
    },
    time,
    button,
  );
  const { card, faults } = withFaults(
    inReader(new TokenCard(firmware, hands), personality, time),
    {
      takeAway: () => hands.takeAway(),
      place: () => hands.place(),
      tearNextWrite: (steps) => firmware.tearNextWrite(steps),
    },
    { time },
  );
  return {
    model,
    family: spec.family,
    serial,
    card,
    reports: firmware.reports ?? [],
    usb: firmware.usb,
    hands,
    faults,
    reportFaults: new ReportFaults({
      takeAway: () => hands.takeAway(),
      place: () => hands.place(),
      switchOff: () => hands.switchOff(),
      tearNextWrite: (steps, torn) => firmware.tearNextWrite(steps, torn),
    }, time),
    display: (slot) => hands.on && firmware.display?.(time.now(), slot) || DARK,
  };
}

/** What a family leaves empty that keeps its memory in `cells`. */
const NO_SETTINGS: OtpSettings = { seed: null, algorithm: 1, period: 30, displayOff: 0 };

/** A token's firmware in its case: it answers only while a reader finds it. */
class TokenCard implements VirtualCard {
  readonly #firmware: Firmware;
  readonly #hands: Hands;

  constructor(firmware: Firmware, hands: Hands) {
    this.#firmware = firmware;
    this.#hands = hands;
  }

  get atr(): Uint8Array {
    return this.#firmware.atr;
  }

  get present(): boolean {
    return this.#hands.present;
  }

  power(): void {
    this.#firmware.forgetSession();
  }

  async process(command: Uint8Array): Promise<Uint8Array> {
    if (!this.present) throw lost("it is switched off or not on the reader");
    try {
      return await this.#firmware.process(command);
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      this.#hands.switchOff();
      throw lost("it lost power in the middle of a write");
    }
  }

  onPresence(listener: (present: boolean) => void): () => void {
    return this.#hands.onPresence(listener);
  }
}

function lost(state: string): LinkError {
  return new LinkError("lost", `Cannot ask token: ${state}`, {
    delivery: "unknown",
    next: "Switch the token on and place it on the reader.",
  });
}

function inReader(card: VirtualCard, personality: Personality, time: TimeSource): VirtualCard {
  const { slowMs, reader } = personality;
  const paced = slowMs ? slowCard(card, { milliseconds: slowMs, time }) : card;
  return reader ? t0Card(paced, reader) : paced;
}

/** The image in storage, made first where there is none, and checked against what was asked for. */
function unpack(storage: Flash, time: TimeSource, options: VirtualTokenOptions): FlashImage {
  const wanted = options.model === undefined
    ? undefined
    : parseTokenSpec(options.model, options.families);
  const image = storage.update((old) => old ?? produce(wanted, time, options));
  const other = (what: string): never => {
    throw new FormatError("state", `Cannot use token state "${storage.label}": ${what}`, {
      source: storage.label,
      next: "Name another state file, or ask for the token that is in this one.",
    });
  };
  if (wanted && image.model !== wanted.name) other(`it holds a ${image.model}`);
  if (options.serial !== undefined && image.serial !== options.serial) {
    other(`it holds the token ${image.serial}`);
  }
  return image;
}

function produce(
  wanted: TokenSpec | undefined,
  time: TimeSource,
  options: VirtualTokenOptions,
): FlashImage {
  const spec = wanted ?? parseTokenSpec(DEFAULT_MODEL);
  const serial = serialFor(spec, options.serial, { ordinal: options.ordinal ?? 1 });
  const random = options.random ?? systemRandom;
  const { stored = NO_SETTINGS, cells } = spec.family.produce(spec.model, {
    ...options,
    random,
    serial,
  });
  const now = time.now();
  return {
    model: spec.name,
    serial,
    restricted: options.restricted ?? spec.model.restricted,
    clock: {
      seconds: (Math.floor(now / 1000) + (options.clockOffsetSeconds ?? 0)) >>> 0,
      setAt: Math.floor(now / 1000) * 1000,
      ppm: options.ppm ?? 0,
    },
    stored,
    active: stored,
    powerCycles: 0,
    wrongAnswers: 0,
    locked: false,
    ...(cells && { cells }),
  };
}
