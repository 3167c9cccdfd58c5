import type { TimeSource } from "@otpsmith/core/time";
import type { UsbDevice, UsbPort } from "../usb_port.ts";
import type { CcidInterface } from "./descriptor.ts";
import { CcidReader } from "./reader.ts";
import { SlotWatch } from "./_slot_watch.ts";

/** An interface that has been claimed, for all links to its slots. */
export interface OpenReader {
  /** Sends messages. */
  readonly reader: CcidReader;
  /** Notices cards that are taken away. */
  readonly watch: SlotWatch;
}

interface Shared {
  users: number;
  readonly opening: Promise<OpenReader & { readonly port: UsbPort }>;
}

/** Interfaces that are open, each claimed once however many of its slots are in use. */
export class OpenReaders {
  readonly #shared = new Map<string, Shared>();
  readonly #closing = new Map<string, Promise<void>>();
  readonly #time: TimeSource;
  readonly #pollMs: number;

  /** Nothing is open yet. */
  constructor(time: TimeSource, pollMs: number) {
    this.#time = time;
    this.#pollMs = pollMs;
  }

  /** Opens an interface, or shares the one that is open. */
  async take(device: UsbDevice, facts: CcidInterface): Promise<OpenReader> {
    const key = `${device.id}:${facts.number}`;
    await this.#closing.get(key);
    const shared = this.#shared.get(key) ?? { users: 0, opening: this.#open(device, facts) };
    this.#shared.set(key, shared);
    shared.users++;
    try {
      return await shared.opening;
    } catch (error) {
      this.#shared.delete(key);
      throw error;
    }
  }

  /** Gives one use of an interface back; the last one closes it. */
  async giveBack(device: UsbDevice, facts: CcidInterface): Promise<void> {
    const key = `${device.id}:${facts.number}`;
    const shared = this.#shared.get(key);
    if (!shared || --shared.users > 0) return;
    this.#shared.delete(key);
    const closed = this.#close(shared);
    this.#closing.set(key, closed);
    await closed;
    this.#closing.delete(key);
  }

  async #open(device: UsbDevice, facts: CcidInterface): Promise<OpenReader & { port: UsbPort }> {
    const port = await device.open();
    try {
      await port.claim(facts.number);
    } catch (error) {
      await port.close().catch(() => undefined);
      throw error;
    }
    const [time, pollMs] = [this.#time, this.#pollMs];
    const reader = new CcidReader(port, facts, time);
    return { port, reader, watch: new SlotWatch(port, { facts, time, pollMs }) };
  }

  async #close({ opening }: Shared): Promise<void> {
    const { port, watch } = await opening;
    await watch.end();
    await port.close().catch(() => undefined); // a device that went away cannot be closed
  }
}
