import type { TimeSource } from "@otpsmith/core/time";
import { type UsbPort, UsbPortError } from "../usb_port.ts";
import type { CcidInterface } from "./descriptor.ts";
import { decodeSlotChange } from "./message.ts";

/** Looks after one slot. */
export interface SlotKeeper {
  /** Something may have changed: looks whether the card is still there. */
  look(): Promise<void>;
  /** The device itself is gone. */
  gone(reason: unknown): void;
}

/** How long one wait for an interrupt message is: closing the device has to wait for it (usb 3.1). */
const INTERRUPT_MS = 250;

/**
 * Notices that cards are taken away: by the interrupt endpoint where the reader has one that works, else by
 * asking. One for all slots of an interface, since only one transfer may wait on an endpoint.
 */
export class SlotWatch {
  readonly #keepers = new Map<number, SlotKeeper>();
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  /** Begins to watch. */
  constructor(
    port: UsbPort,
    { facts, time, pollMs }: {
      readonly facts: CcidInterface;
      readonly time: TimeSource;
      readonly pollMs: number;
    },
  ) {
    this.#ended = this.#run(port, facts).then(() => this.#poll(time, pollMs));
  }

  /** Looks after a slot from now on; the function ends that. */
  keep(slot: number, keeper: SlotKeeper): () => void {
    this.#keepers.set(slot, keeper);
    return () => void this.#keepers.delete(slot);
  }

  /** Ends; resolves when no transfer is out. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(port: UsbPort, { interrupt }: CcidInterface): Promise<void> {
    while (interrupt && !this.#stop.signal.aborted) {
      try {
        const { address, packet } = interrupt;
        const message = await port.interruptIn(address, packet, INTERRUPT_MS);
        if (!message) continue;
        for (const [slot, keeper] of [...this.#keepers]) {
          const change = decodeSlotChange(message, slot);
          if (change && (change.changed || !change.present)) await keeper.look();
        }
      } catch (error) {
        if (!(error instanceof UsbPortError) || error.failure !== "gone") return; // ask instead
        this.#tellGone(error);
        return this.#stop.abort();
      }
    }
  }

  async #poll(time: TimeSource, pollMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await time.sleep(pollMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      for (const keeper of [...this.#keepers.values()]) await keeper.look();
    }
  }

  #tellGone(reason: unknown): void {
    for (const keeper of [...this.#keepers.values()]) keeper.gone(reason);
  }
}
