import { LinkError } from "@otpsmith/core/errors";
import {
  type ApduLink,
  type CallOptions,
  createApduLink,
  type Endpoint,
  type Obstacle,
  type OpenOptions,
  type Transport,
  type Usable,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { atrFromAts } from "./atr.ts";
import { Chip, type Target } from "./_chip.ts";
import { Line } from "./_line.ts";
import { findObstacle, findPorts, identify, isPath, type PortChoice } from "./_ports.ts";
import { Pn532Error, toLinkError, TROUBLE } from "./pn532_error.ts";
import { loadSerial, openPort, type SerialPortInfo, type SerialSystem } from "./serial.ts";

/** Options of {@linkcode pn532}. */
export interface Pn532Options {
  /** The modules' serial ports: `/dev/ttyUSB0`, a link in `/dev/serial/by-id`, `COM3`. */
  readonly ports?: readonly string[] | undefined;
  /**
   * Also takes every port behind a USB adapter of the kind that PN532 modules carry. Not so unless asked
   * for: other things hang on such adapters, and opening one sends it a few bytes.
   */
  readonly discover?: boolean | undefined;
  /** How long opening looks for a token, in milliseconds; 1000 unless given. */
  readonly searchMs?: number | undefined;
  /** How often {@linkcode Transport.watch} looks at the ports, in milliseconds; 500 unless given. */
  readonly pollMs?: number | undefined;
  /** The clock for deadlines and for polling. */
  readonly time?: TimeSource | undefined;
  /** What reaches serial ports; the npm package `serialport` unless given. */
  readonly serial?: (() => Promise<SerialSystem>) | undefined;
}

/** An extended APDU, as ISO 7816-4 has it; the chip takes any length, in parts. */
const LIMITS = { command: 4 + 3 + 65_535 + 2, response: 65_536 + 2 } as const;
/** The longest that a contactless card may be silent at work (ISO 14443-4, FWI 14: 4.95 s). */
const GRACE_MS = 5_000;
/** How long opening may take besides looking for a token. */
const OPEN_MS = 10_000;

/**
 * PN532 NFC modules on serial ports (HSU). Making it loads nothing and cannot fail.
 *
 * - An endpoint is a port. Whether a module, or a token, is on it shows when it is opened, not before:
 *   listing sends nothing to anybody.
 * - `open` takes the port for itself, whatever is asked for, wakes the chip, makes sure that it is a
 *   PN532, and looks for one ISO 14443-4 card of type A. The card is activated and told nothing.
 * - A link that closes lets go of the card and takes its power.
 *
 * @example What is connected
 * ```ts
 * import { pn532 } from "@otpsmith/transport-pn532";
 *
 * const transport = pn532({ ports: ["/dev/ttyUSB0"] });
 * const state = await transport.probe();
 * const endpoints = state.usable ? await transport.list() : [];
 * for (const { label } of endpoints) console.log(label);
 * ```
 */
export function pn532(options: Pn532Options = {}): Transport {
  return new Pn532Transport(options);
}

class Pn532Transport implements Transport {
  readonly name = "pn532";
  readonly kinds = ["apdu"] as const;
  readonly #choice: PortChoice;
  readonly #searchMs: number;
  readonly #pollMs: number;
  readonly #time: TimeSource;
  readonly #closing = new AbortController();
  readonly #links = new Set<ApduLink>();
  /** What lies on the modules that are open: known without asking. */
  readonly #open = new Map<string, Target>();

  constructor(options: Pn532Options) {
    const { ports = [], discover = false, serial = loadSerial } = options;
    this.#choice = { ports, discover, load: serial };
    this.#searchMs = options.searchMs ?? 1_000;
    this.#pollMs = options.pollMs ?? 500;
    this.#time = options.time ?? systemTime;
  }

  async probe(): Promise<Usable | Obstacle> {
    return await findObstacle(this.#choice) ?? { usable: true, detail: "over serialport" };
  }

  async list({ signal }: CallOptions = {}): Promise<readonly Endpoint<"apdu">[]> {
    try {
      if (this.#closing.signal.aborted) throw new Pn532Error(TROUBLE.closed);
      if (signal?.aborted) throw new Pn532Error(TROUBLE.aborted, { cause: signal.reason });
      return (await findPorts(this.#choice)).map((port) => this.#endpoint(port));
    } catch (error) {
      throw toLinkError(error, { action: "Cannot list PN532 modules", sending: false });
    }
  }

  async *watch({ signal }: CallOptions = {}): AsyncGenerator<readonly Endpoint<"apdu">[]> {
    const until = AbortSignal.any([this.#closing.signal, ...signal ? [signal] : []]);
    let last: string | undefined;
    while (!until.aborted) {
      const endpoints = await this.list().catch(() => []); // why, is for probe() and list() to say
      const seen = JSON.stringify(endpoints, (_, v) => v instanceof Uint8Array ? [...v] : v);
      if (seen !== last && !until.aborted) yield endpoints;
      last = seen;
      await this.#time.sleep(this.#pollMs, until).catch(() => undefined);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#links].map((link) => link[Symbol.asyncDispose]()));
  }

  #endpoint(port: SerialPortInfo): Endpoint<"apdu"> {
    const { path, vendorId, productId, serialNumber } = port;
    const target = this.#open.get(path);
    const usb = vendorId && productId
      ? { vendorId: parseInt(vendorId, 16), productId: parseInt(productId, 16) }
      : undefined;
    return {
      id: `pn532:${path}`,
      kind: "apdu",
      transport: this.name,
      label: `PN532 ${path}`,
      facts: {
        reader: path,
        usb,
        usbSerial: serialNumber,
        ...target && { atr: atrFromAts(target.ats), card: "present", inUse: true },
      },
      open: (options) => this.#connect(path, options),
    };
  }

  async #connect(path: string, { signal, timeoutMs }: OpenOptions = {}): Promise<ApduLink> {
    const label = `PN532 ${path}`;
    const failed = (error: unknown): LinkError =>
      toLinkError(error, { action: `Cannot open "${label}"`, sending: false });
    const line = await this.#openLine(path, signal).catch((error) => {
      throw failed(error);
    });
    const closing = this.#closing.signal;
    const given = AbortSignal.any([closing, ...signal ? [signal] : []]);
    const onAbort = (): void => {
      const why = closing.aborted ? TROUBLE.closed : TROUBLE.aborted;
      line.end(new Pn532Error(why, { cause: given.reason }));
    };
    const onLate = (): void => line.end(new Pn532Error(TROUBLE.late));
    given.addEventListener("abort", onAbort, { once: true });
    if (given.aborted) onAbort(); // while the port was being opened
    const cancel = this.#time.alarm(timeoutMs ?? OPEN_MS + this.#searchMs, onLate);
    const chip = new Chip(line, this.#time);
    try {
      await chip.wake();
      await chip.configure();
      return this.#link(path, { line, chip, target: await chip.findTarget(this.#searchMs) });
    } catch (error) {
      await chip.release();
      await line.close();
      throw failed(error);
    } finally {
      cancel();
      given.removeEventListener("abort", onAbort);
    }
  }

  async #openLine(path: string, signal: AbortSignal | undefined): Promise<Line> {
    if (this.#closing.signal.aborted) throw new Pn532Error(TROUBLE.closed);
    if (signal?.aborted) throw new Pn532Error(TROUBLE.aborted, { cause: signal.reason });
    const device = isPath(path) ? await identify(path) : undefined;
    const line = new Line(await openPort(await this.#choice.load(), path), this.#time);
    if (device) void this.#guard(line, { path, device });
    return line;
  }

  /**
   * Ends a line whose port is gone. Linux lets a terminal that was hung up, as by unplugging a USB
   * adapter, be read for ever with nothing in it; serialport, where it is reading at that moment and not
   * waiting, reads on and tells nobody (serialport/bindings-cpp, lib/unix-read.ts).
   */
  async #guard(
    line: Line,
    { path, device }: { readonly path: string; readonly device: string },
  ): Promise<void> {
    while (!line.ended.aborted) {
      await this.#time.sleep(this.#pollMs, line.ended).catch(() => undefined);
      if (line.ended.aborted || await identify(path) === device) continue;
      line.end(new Pn532Error(TROUBLE.unplugged));
    }
  }

  #link(
    path: string,
    { line, chip, target }: {
      readonly line: Line;
      readonly chip: Chip;
      readonly target: Target;
    },
  ): ApduLink {
    const label = `PN532 ${path}`;
    const gone = new AbortController();
    let out = false;
    const link = createApduLink({
      label,
      medium: "contactless",
      limits: LIMITS,
      gone: gone.signal,
      exchange: async (command) => {
        out = true;
        try {
          return await chip.exchange(command, { target, longest: LIMITS.response });
        } catch (error) {
          throw toLinkError(error, { action: `Cannot send to "${label}"`, sending: true });
        } finally {
          out = false;
        }
      },
      release: async () => {
        this.#open.delete(path);
        await chip.release();
        await line.close();
      },
    }, this.#time);
    this.#open.set(path, target);
    this.#links.add(link);
    // While an exchange is out it tells more than this does.
    line.ended.addEventListener("abort", () => out || gone.abort(line.ended.reason), {
      once: true,
    });
    link.closed.addEventListener("abort", () => {
      this.#links.delete(link);
      if (!out) return;
      // The token may be in the middle of writing: it keeps its power until it has answered.
      const cancel = this.#time.alarm(GRACE_MS, () => void chip.giveUp());
      line.ended.addEventListener("abort", cancel, { once: true });
    }, { once: true });
    return link;
  }
}
