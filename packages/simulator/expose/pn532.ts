import type { VirtualCard } from "../card.ts";
import { type Pn532Fault, VirtualPn532 } from "./pn532_chip.ts";
import { openVirtualPort } from "./pty.ts";
import type { PtyBuildOptions } from "./pty_build.ts";

/** Options of {@linkcode exposeThroughPn532}. */
export interface Pn532ExposeOptions {
  /** What lies on the antenna whenever it is present. */
  readonly card: VirtualCard;
  /** What the chip says that it is; a PN532 with firmware 1.6 unless given. */
  readonly firmware?: readonly number[] | undefined;
  /** How the program behind the serial port is built. */
  readonly build?: PtyBuildOptions | undefined;
  /** Takes it away. */
  readonly signal?: AbortSignal | undefined;
}

/** A virtual PN532 module, plugged in. */
export interface Pn532Exposure {
  /** The serial port on which it is; the same after it was unplugged and plugged in again. */
  readonly path: string;
  /** Lets something go wrong between host and chip. */
  strike(fault: Pn532Fault): void;
  /** Pulls the module out. */
  unplug(): Promise<void>;
  /** Plugs it in again: freshly powered. */
  plug(): Promise<void>;
  /** Takes it away for good. */
  stop(): Promise<void>;
}

/**
 * Shows a virtual card in the field of a virtual PN532 NFC module on a serial port: a real
 * pseudo-terminal, which every program can open that talks to such modules (HSU, any speed).
 *
 * @throws {LinkError} `absent` without a C compiler or without pseudo-terminals.
 *
 * @example A token on a module
 * ```ts no-eval
 * import { exposeThroughPn532 } from "@otpsmith/simulator/expose";
 * import { createVirtualToken } from "@otpsmith/simulator";
 *
 * const token = createVirtualToken({ model: "token2-single:C302-i" });
 * const module = await exposeThroughPn532({ card: token.card });
 * module.path; // /tmp/otpsim-…/ttyPN532
 * await module.stop();
 * ```
 */
export async function exposeThroughPn532(options: Pn532ExposeOptions): Promise<Pn532Exposure> {
  const { card, firmware, build, signal } = options;
  const chip = new VirtualPn532({
    card,
    firmware,
    write: (bytes) => port.write(bytes),
    unplug: () => void exposure.unplug(),
  });
  const port = await openVirtualPort({ onData: (bytes) => chip.receive(bytes), build, signal });
  signal?.addEventListener("abort", () => chip.stop(), { once: true });
  const exposure: Pn532Exposure = {
    path: port.path,
    strike: (fault) => chip.strike(fault),
    unplug: async () => {
      await port.unplug();
      chip.reset();
    },
    plug: () => port.plug(),
    stop: async () => {
      await port.stop();
      chip.stop();
    },
  };
  return exposure;
}
