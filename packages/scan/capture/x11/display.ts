import { readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { addressesOf, type Cookie, findCookie, parseDisplayName } from "./address.ts";
import { Wire, X11Absent, X11Refused } from "./wire.ts";

/** How bits of a pixel are colours. */
export interface Visual {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  /** Whether a pixel's value is its colour; else it is an index into a table. */
  readonly isTrueColour: boolean;
}

/** How a whole drawable lies on the root or on its parent. */
export interface Geometry {
  readonly depth: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const TRUE_COLOR = 4;

/**
 * A connection to an X server, with the requests that looking at screens takes. Opcodes and layouts: X
 * Window System Protocol, version 11, appendix B.
 */
export class Display {
  readonly wire: Wire;
  /** The window that is the whole screen. */
  readonly root: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** Of the root. */
  readonly visual: number;
  readonly isLittleEndian: boolean;
  readonly #visuals = new Map<number, Visual>();
  readonly #bitsPerPixel = new Map<number, number>();
  readonly #atoms = new Map<string, Promise<number>>();
  readonly #idBase: number;
  readonly #idMask: number;
  #ids = 0;

  private constructor(wire: Wire, screen: number) {
    this.wire = wire;
    const { setup } = wire;
    this.#idBase = setup.getUint32(4, true);
    this.#idMask = setup.getUint32(8, true);
    const vendorBytes = setup.getUint16(16, true);
    const screens = setup.getUint8(20);
    const formats = setup.getUint8(21);
    this.isLittleEndian = setup.getUint8(22) === 0;
    let at = 32 + ((vendorBytes + 3) & ~3);
    for (let i = 0; i < formats; i++, at += 8) {
      this.#bitsPerPixel.set(setup.getUint8(at), setup.getUint8(at + 1));
    }
    let root: { readonly at: number } | undefined;
    for (let i = 0; i < screens; i++) {
      if (i === screen || root === undefined) root = { at };
      const depths = setup.getUint8(at + 39);
      at += 40;
      for (let d = 0; d < depths; d++) {
        const visuals = setup.getUint16(at + 2, true);
        at += 8;
        for (let v = 0; v < visuals; v++, at += 24) {
          this.#visuals.set(setup.getUint32(at, true), {
            isTrueColour: setup.getUint8(at + 4) === TRUE_COLOR,
            red: setup.getUint32(at + 8, true),
            green: setup.getUint32(at + 12, true),
            blue: setup.getUint32(at + 16, true),
          });
        }
      }
    }
    if (!root) throw new X11Refused("the X server has no screen");
    this.root = setup.getUint32(root.at, true);
    this.width = setup.getUint16(root.at + 20, true);
    this.height = setup.getUint16(root.at + 22, true);
    this.visual = setup.getUint32(root.at + 32, true);
    this.depth = setup.getUint8(root.at + 38);
  }

  /**
   * Connects to the server that `DISPLAY` names.
   *
   * @throws {X11Absent} if there is none.
   * @throws {X11Refused} if it does not let us in.
   */
  static async open(
    env: NodeJS.ProcessEnv,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Display> {
    const { signal } = options;
    const name = parseDisplayName(env["DISPLAY"] ?? "");
    if (!name) throw new X11Absent("the variable DISPLAY names no X server");
    const cookie = await readCookie(env, name.display);
    let failure: unknown;
    for (const address of addressesOf(name)) {
      try {
        return new Display(await Wire.open(address, { cookie, signal }), name.screen);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof X11Refused) throw error;
        failure ??= error;
      }
    }
    throw new X11Absent("the X server that DISPLAY names does not answer", { cause: failure });
  }

  /** Ends the connection; what was redirected or created for it goes with it. */
  close(): void {
    this.wire.close();
  }

  /** A new number for something that this program makes. */
  newId(): number {
    return (this.#idBase | (++this.#ids & this.#idMask)) >>> 0;
  }

  /** How pixels of a visual are colours; the root's for one that is not known. */
  visualOf(id: number): Visual | undefined {
    return this.#visuals.get(id) ?? this.#visuals.get(this.visual);
  }

  /** Bits that a pixel of this depth takes in pictures. */
  bitsPerPixel(depth: number): number | undefined {
    return this.#bitsPerPixel.get(depth);
  }

  /** The number of a name; asked for once. */
  atom(name: string): Promise<number> {
    const known = this.#atoms.get(name) ?? this.#intern(name);
    this.#atoms.set(name, known);
    return known;
  }

  async #intern(name: string): Promise<number> {
    const body = Buffer.alloc(4 + name.length);
    body.writeUInt16LE(name.length, 0);
    body.write(name, 4, "latin1");
    return (await this.wire.ask(16, 0, body)).getUint32(8, true);
  }

  /** The name of a number. */
  async atomName(atom: number): Promise<string> {
    const reply = await this.wire.ask(17, 0, words(atom));
    const length = reply.getUint16(8, true);
    return new TextDecoder().decode(bytesOf(reply).subarray(32, 32 + length));
  }

  /** Children of a window, the lowest first. */
  async children(window: number): Promise<readonly number[]> {
    const reply = await this.wire.ask(15, 0, words(window));
    return Array.from(
      { length: reply.getUint16(16, true) },
      (_, i) => reply.getUint32(32 + 4 * i, true),
    );
  }

  /** Size, depth and place (in the parent) of a window or pixmap. */
  async geometry(drawable: number): Promise<Geometry> {
    const reply = await this.wire.ask(14, 0, words(drawable));
    const border = reply.getUint16(20, true);
    return {
      depth: reply.getUint8(1),
      x: reply.getInt16(12, true),
      y: reply.getInt16(14, true),
      width: reply.getUint16(16, true) + 2 * border,
      height: reply.getUint16(18, true) + 2 * border,
    };
  }

  /** Whether a window is to be seen as far as it is concerned, and can be drawn on. */
  async attributes(
    window: number,
  ): Promise<{ readonly visual: number; readonly isShown: boolean }> {
    const reply = await this.wire.ask(3, 0, words(window));
    const isInputOutput = reply.getUint16(12, true) === 1;
    const isViewable = reply.getUint8(26) === 2;
    return { visual: reply.getUint32(8, true), isShown: isInputOutput && isViewable };
  }

  /**
   * A property's bytes, 1 MiB at most; empty if there is none. `take` removes it, once it was read to its end.
   */
  async property(
    window: number,
    property: number,
    options: { readonly take?: boolean } = {},
  ): Promise<{ readonly type: number; readonly bytes: Uint8Array }> {
    const parts: Uint8Array[] = [];
    for (let offset = 0;;) {
      const reply = await this.wire.ask(
        20,
        options.take ? 1 : 0,
        words(window, property, 0, offset / 4, PROPERTY_BYTES / 4),
      );
      const bytes = reply.getUint32(16, true) * reply.getUint8(1) / 8;
      parts.push(bytesOf(reply).subarray(32, 32 + bytes));
      offset += bytes;
      const left = reply.getUint32(12, true);
      if (left > 0 && bytes > 0 && offset < MAX_PROPERTY_BYTES) continue;
      const whole = new Uint8Array(offset);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
        part.fill(0);
      }
      return { type: reply.getUint32(8, true), bytes: whole };
    }
  }

  /** The major opcode of an extension; `undefined` if the server lacks it. */
  async extension(name: string): Promise<number | undefined> {
    const body = Buffer.alloc(4 + name.length);
    body.writeUInt16LE(name.length, 0);
    body.write(name, 4, "latin1");
    const reply = await this.wire.ask(98, 0, body);
    return reply.getUint8(8) === 1 ? reply.getUint8(9) : undefined;
  }
}

const PROPERTY_BYTES = 1024 * 1024;
const MAX_PROPERTY_BYTES = 64 * 1024 * 1024;

/** Numbers of 32 bits as the body of a request. */
export function words(...values: readonly number[]): Uint8Array {
  const body = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => body.writeUInt32LE(value >>> 0, 4 * i));
  return body;
}

/** The bytes under a view. */
export function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

async function readCookie(env: NodeJS.ProcessEnv, display: number): Promise<Cookie | undefined> {
  const path = env["XAUTHORITY"] ?? join(env["HOME"] ?? homedir(), ".Xauthority");
  const file = await readFile(path).catch(() => undefined); // many servers know their users without
  return file && findCookie(file, { display, hostname: hostname() });
}
