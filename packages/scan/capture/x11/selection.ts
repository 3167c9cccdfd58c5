import { type Display, words } from "./display.ts";

const COPY_FROM_PARENT = 0;
const INPUT_ONLY = 2;
const EVENT_MASK = 0x800;
const PROPERTY_CHANGE = 0x400000;
const PROPERTY_NOTIFY = 28;
const SELECTION_NOTIFY = 31;
const PROPERTY_DELETED = 1;

/**
 * What another program has copied (ICCCM, section 2): the owner of the clipboard is asked for it in one
 * of the forms that it offers. No other program is needed, and nothing is written down.
 */
export class Selection {
  readonly #display: Display;
  readonly #window: number;
  readonly #property: number;
  readonly #clipboard: number;
  #onNotify: (property: number) => void = () => {};
  #onPart: () => void = () => {};

  private constructor(
    display: Display,
    ids: { readonly window: number; readonly property: number; readonly clipboard: number },
  ) {
    this.#display = display;
    this.#window = ids.window;
    this.#property = ids.property;
    this.#clipboard = ids.clipboard;
    display.wire.onEvent = (event) => {
      const kind = event.getUint8(0) & 0x7f;
      if (kind === SELECTION_NOTIFY) this.#onNotify(event.getUint32(20, true));
      const isPart = kind === PROPERTY_NOTIFY && event.getUint8(16) !== PROPERTY_DELETED &&
        event.getUint32(8, true) === this.#property;
      if (isPart) this.#onPart();
    };
  }

  /** Makes the window that answers are laid at. It is never shown. */
  static async open(display: Display): Promise<Selection> {
    const [property, clipboard] = await Promise.all([
      display.atom("OTPSMITH_CLIPBOARD"),
      display.atom("CLIPBOARD"),
    ]);
    const window = display.newId();
    const body = Buffer.alloc(32);
    body.writeUInt32LE(window, 0);
    body.writeUInt32LE(display.root, 4);
    body.writeUInt16LE(1, 12);
    body.writeUInt16LE(1, 14);
    body.writeUInt16LE(INPUT_ONLY, 18);
    body.writeUInt32LE(COPY_FROM_PARENT, 20);
    body.writeUInt32LE(EVENT_MASK, 24);
    body.writeUInt32LE(PROPERTY_CHANGE, 28);
    display.wire.tell(1, 0, body);
    return new Selection(display, { window, property, clipboard });
  }

  /** Whether anybody has copied anything. */
  async hasOwner(): Promise<boolean> {
    const reply = await this.#display.wire.ask(23, 0, words(this.#clipboard));
    return reply.getUint32(8, true) !== 0;
  }

  /** The forms that the owner offers, as `image/png` or `UTF8_STRING`. */
  async forms(signal: AbortSignal): Promise<readonly string[]> {
    const bytes = await this.read("TARGETS", signal);
    if (!bytes) return [];
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const atoms = Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(4 * i, true));
    return await Promise.all(atoms.slice(0, MAX_FORMS).map((atom) => this.#display.atomName(atom)));
  }

  /** It in one form, 64 MiB at most; `undefined` if the owner will not give it. Overwrite it after use. */
  async read(form: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const target = await this.#display.atom(form);
    const property = await this.#wait<number>(signal, (resolve) => {
      this.#onNotify = resolve;
      this.#display.wire.tell(
        24,
        0,
        words(this.#window, this.#clipboard, target, this.#property, 0),
      );
    });
    if (property === 0) return undefined;
    let part = this.#nextPart(signal);
    const first = await this.#display.property(this.#window, this.#property, { take: true });
    if (first.type !== await this.#display.atom("INCR")) return first.bytes;
    // A long one comes in parts: each is taken away for the next one to be laid down; an empty one ends it.
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for (;;) {
        await part;
        part = this.#nextPart(signal);
        const { bytes } = await this.#display.property(this.#window, this.#property, {
          take: true,
        });
        if (bytes.length === 0) break;
        length += bytes.length;
        parts.push(bytes);
        if (length > MAX_BYTES) return undefined;
      }
      const whole = new Uint8Array(length);
      let at = 0;
      for (const bytes of parts) {
        whole.set(bytes, at);
        at += bytes.length;
      }
      return whole;
    } finally {
      part.catch(() => undefined);
      for (const bytes of parts) bytes.fill(0);
    }
  }

  /** Takes the clipboard away from whoever has it. */
  async clear(): Promise<void> {
    this.#display.wire.tell(22, 0, words(0, this.#clipboard, 0));
    await this.hasOwner(); // the server has dealt with it when it answers this
  }

  #nextPart(signal: AbortSignal): Promise<void> {
    return this.#wait<void>(signal, (resolve) => this.#onPart = resolve);
  }

  #wait<T>(signal: AbortSignal, start: (resolve: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", onAbort, { once: true });
      start((value) => {
        signal.removeEventListener("abort", onAbort);
        resolve(value);
      });
    });
  }
}

const MAX_FORMS = 200;
const MAX_BYTES = 64 * 1024 * 1024;
