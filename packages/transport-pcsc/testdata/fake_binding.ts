import type { MonitorListener, PcscBinding, ReaderState } from "../binding.ts";
import { PcscError } from "../pcsc_error.ts";

/** A reader that looks like this unless told otherwise. */
export function reader(changes: Partial<ReaderState> = {}): ReaderState {
  return {
    name: "Desk 00 00",
    card: "present",
    inUse: false,
    atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01),
    events: 1,
    ...changes,
  };
}

/** A binding whose service is moved by hand. Every command is answered with its own bytes. */
export class FakeBinding implements PcscBinding {
  readonly name = "fake";
  /** What it was asked to do, in order. */
  readonly calls: string[] = [];
  /** Readers that it shows; `undefined` while the service is down. */
  current: readonly ReaderState[] | undefined = [reader()];
  /** What a connect waits for. */
  gate: Promise<unknown> = Promise.resolve();
  /** What a transmit ends with instead of an answer. */
  failure: Error | undefined;
  /** What loading ends with. */
  missing: Error | undefined;
  readonly #listeners = new Set<MonitorListener>();

  load(): Promise<void> {
    return this.missing ? Promise.reject(this.missing) : Promise.resolve();
  }

  readers(): Promise<readonly ReaderState[]> {
    this.calls.push("readers");
    return this.current
      ? Promise.resolve(this.current)
      : Promise.reject(new PcscError(0x8010001d, "SCardEstablishContext"));
  }

  async monitor(listener: MonitorListener): Promise<() => Promise<void>> {
    const readers = await this.readers();
    this.#listeners.add(listener);
    listener.changed(readers);
    return () => Promise.resolve(void this.#listeners.delete(listener));
  }

  /** How many monitors are running. */
  get monitors(): number {
    return this.#listeners.size;
  }

  /** The service shows these readers from now on. */
  change(readers: readonly ReaderState[]): void {
    this.current = readers;
    for (const listener of this.#listeners) listener.changed(readers);
  }

  /** The service ends. */
  end(): void {
    this.current = undefined;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) {
      listener.failed(new PcscError(0x8010001e, "SCardGetStatusChange"));
    }
  }

  async connect(name: string, { share }: { share: "exclusive" | "shared" }) {
    this.calls.push(`connect ${name} ${share}`);
    await this.gate;
    return {
      transmit: async (command: Uint8Array) => {
        this.calls.push("transmit");
        await this.gate;
        if (this.failure) throw this.failure;
        return Uint8Array.of(...command, 0x90, 0x00);
      },
      disconnect: (disposition: string) => {
        this.calls.push(`disconnect ${disposition}`);
        return Promise.resolve();
      },
    };
  }
}
