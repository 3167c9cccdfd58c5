import type { Secret } from "@otpsmith/core/secret";
import type { TimeSource } from "@otpsmith/core/time";
import type { Button } from "./parts/button.ts";
import type { DisplayReading } from "./parts/display.ts";
import type { Flash, FlashImage } from "./parts/flash.ts";
import type { VirtualReportDevice } from "./report_device.ts";
import type { RandomSource } from "./parts/random.ts";
import type { FactoryOptions, Personality } from "./virtual_token.ts";

/** Power went in the middle of a write; the part of it that was done stays done. */
export class PowerLost extends Error {}

/** Vendor and product of a USB device. */
export interface UsbIds {
  readonly vendorId: number;
  readonly productId: number;
}

/** What stands behind an interface of a token that is plugged in; `other` is not played. */
export type TokenInterface = "reports" | "card" | "other";

/** What a token that is plugged in says of itself in its USB descriptors. */
export interface UsbShape extends UsbIds {
  /** The maker, as its string has it. */
  readonly manufacturer?: string | undefined;
  /** The product, as its string has it; the model unless given. */
  readonly product?: string | undefined;
  /** Its interfaces, in order. Its HID interfaces and then its card, unless given. */
  readonly interfaces?: readonly TokenInterface[] | undefined;
}

/** What runs in a virtual token: the commands of its family, over one storage. */
export interface Firmware {
  /** Answer to reset. */
  readonly atr: Uint8Array;
  /** Its HID interfaces, of tokens that are plugged in and speak in reports. */
  readonly reports?: readonly VirtualReportDevice[];
  /** What its USB descriptors say, of tokens that speak in reports. */
  readonly usb?: UsbShape;
  /**
   * Answers one command.
   *
   * @throws {PowerLost} In a write that was to be torn.
   */
  process(command: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** Forgets what lives in RAM, as a token does that loses power or field. */
  forgetSession(): void;
  /**
   * The next write loses power after so many of its steps. `undefined` takes that back. Firmware that
   * carries commands out while nobody waits for them tells `torn` when it has happened.
   */
  tearNextWrite(steps: number | undefined, torn?: () => void): void;
  /** Seconds after which the token switches itself off; left out, it never does. */
  autoOffSeconds?(): number | undefined;
  /**
   * What a person sees on it, in one of several slots where one is named; left out where there is no
   * display.
   */
  display?(now: number, slot?: number): DisplayReading;
}

/** What firmware is put into. */
export interface FirmwareParts {
  /** The model. */
  readonly model: VirtualModel;
  /** Its storage, which holds an image already. */
  readonly flash: Flash;
  /** What time it is. */
  readonly time: TimeSource;
  /** Where challenges and ids come from. */
  readonly random: RandomSource;
  /** The button that a person presses. */
  readonly button: Button;
  /** An access key against the family's published one. */
  readonly key?: Uint8Array | undefined;
  /** How it differs from the plain one. */
  readonly personality: Personality;
}

/** A model of a family that the simulator can play. */
export interface VirtualModel {
  /** Name as the maker writes it. */
  readonly name: string;
  /** How many digits its serial numbers have. */
  readonly digits: number;
  /** What they begin with: "" where all of them fit, `undefined` where none of a known model does. */
  readonly prefix: string | undefined;
  /** Whether a clock or configuration write clears the seed. */
  readonly restricted: boolean;
}

/** The memory of a token that leaves the factory, besides what all tokens have. */
export type FactoryMemory = Partial<Pick<FlashImage, "stored" | "cells">>;

/** What a token keeps, for tests that look into it. */
export interface TokenParts {
  /** The seed; `null` for none. */
  readonly seed: Secret | null;
  /** The clock that can be written. */
  readonly clock: string;
  /** All other settings. */
  readonly settings: string;
  /** The key or password that it wants to be shown. */
  readonly key: string;
  /** Serial number as it tells it, where that is not the printed one; `null` where it tells none. */
  readonly serial?: string | null | undefined;
  /** How many wrong ones it has counted, where it keeps that itself. */
  readonly tries?: number | undefined;
}

/** Where to look. */
export interface LookAt {
  /** Which application, of a token that has several. */
  readonly application?: string | undefined;
  /** Which seed, where they are found by their titles; the first one unless given. */
  readonly title?: string | undefined;
}

/** A family of tokens that the simulator can play. */
export interface VirtualFamily {
  /** Short name, as before the colon in `token2-single:C302-i`. */
  readonly name: string;
  /** Its models. */
  readonly models: readonly VirtualModel[];
  /** What a new token holds. */
  produce(
    model: VirtualModel,
    options: FactoryOptions & {
      readonly random: RandomSource;
      readonly key?: Uint8Array | undefined;
    },
  ): FactoryMemory;
  /**
   * What stands in the memory, past the protocol: the seed that a burn without a slot replaces, and texts
   * that change when that part is written, and only then. Left out where all is in `stored`.
   */
  look?(image: FlashImage, at: LookAt): TokenParts;
  /** Puts the firmware of the family into a token. */
  boot(parts: FirmwareParts): Firmware;
}
