import type { UsbResult, UsbStatus, UsbTransfer } from "./usb_device.ts";

const NOTHING = new Uint8Array(0);

/** A transfer that ends when somebody says so. */
export class OpenTransfer implements UsbTransfer {
  readonly result: Promise<UsbResult>;
  /** Most bytes that it takes. */
  readonly length: number;
  #resolve!: (result: UsbResult) => void;
  readonly #onEnd: (transfer: OpenTransfer) => void;

  constructor(length: number, onEnd: (transfer: OpenTransfer) => void) {
    this.length = length;
    this.#onEnd = onEnd;
    this.result = new Promise((resolve) => this.#resolve = resolve);
  }

  end(status: UsbStatus, data: Uint8Array = NOTHING): void {
    this.#onEnd(this);
    this.#resolve({ status, data });
  }

  abort(): void {
    this.end("aborted");
  }
}

/** A transfer that is over. */
export function ended(status: UsbStatus, data: Uint8Array = NOTHING): UsbTransfer {
  return { result: Promise.resolve({ status, data }), abort: () => {} };
}

/** A host that never asks gets the newest of what waited. */
const MOST_WAITING = 256;

/** One endpoint that sends: what waits for the host there, or the host's transfers that wait. */
export class InEndpoint {
  readonly #packet: number;
  #waiting: Uint8Array[] = [];
  #transfers: OpenTransfer[] = [];

  constructor(packet = 64) {
    this.#packet = packet;
  }

  send(data: Uint8Array): void {
    this.#waiting.push(data);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
    const transfer = this.#transfers[0];
    if (transfer) this.#deliver(transfer);
  }

  take(length: number): UsbTransfer {
    const transfer = new OpenTransfer(length, (over) => {
      this.#transfers = this.#transfers.filter((other) => other !== over);
    });
    this.#transfers.push(transfer);
    if (this.#waiting.length > 0) this.#deliver(transfer);
    return transfer;
  }

  /** Ends all transfers and forgets what waits. */
  flush(status: UsbStatus): void {
    this.#waiting = [];
    for (const transfer of [...this.#transfers]) transfer.end(status);
  }

  /** Room for whole packets takes that many of them; a packet that does not fit is an overflow. */
  #deliver(transfer: OpenTransfer): void {
    const data = this.#waiting.shift()!;
    if (data.length <= transfer.length) return transfer.end("done", data);
    const whole = transfer.length > 0 && transfer.length % this.#packet === 0;
    if (whole) this.#waiting.unshift(data.subarray(transfer.length));
    transfer.end(whole ? "done" : "overflow", data.subarray(0, transfer.length));
  }
}
