import {
  bytesOf,
  type Level,
  type MatrixRead,
  type Part,
  type Redundancy,
  textOf,
} from "./codec/mod.ts";

/** A place in a picture, in pixels: 0 is the left or upper edge of the first pixel. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a code lies: the outer corners of its modules, without the quiet zone. */
export interface Placement {
  /**
   * Top left, top right, bottom right and bottom left of the symbol, in this order: the top left is where two
   * finder patterns meet, however the code is turned.
   */
  readonly corners: readonly [Point, Point, Point, Point];
  /** Whether it is seen from behind. */
  readonly isMirrored: boolean;
  /** Whether it is light on dark. */
  readonly isInverted: boolean;
}

/** What a code says, and how sure that is. */
export class QrContent {
  /**
   * The content: in UTF-8 where the code says in which character set it is written, otherwise as it stands in
   * the code. It may hold a seed: whoever got it overwrites it.
   */
  readonly bytes: Uint8Array;
  /** 1 to 40. */
  readonly version: number;
  readonly level: Level;
  /** Mask pattern, 0 to 7. */
  readonly mask: number;
  /** How much of the error correction was used, and how much was left. */
  readonly redundancy: Redundancy;
  /** Modules that could not be trusted and were restored from the others, numbered row by row. */
  readonly erased: Uint16Array;
  /** Place in a text that is split over several codes. */
  readonly part: Part | undefined;

  /** Takes what was decoded, and overwrites its segments. */
  constructor({ segments, version, level, mask, redundancy, erased, part }: MatrixRead) {
    this.bytes = bytesOf(segments);
    for (const segment of segments) segment.bytes.fill(0);
    this.version = version;
    this.level = level;
    this.mask = mask;
    this.redundancy = redundancy;
    this.erased = erased;
    this.part = part;
  }

  /**
   * The content as text: UTF-8, or one character a byte where it is not that. Made when it is asked for, since
   * a string cannot be overwritten.
   */
  get text(): string {
    return textOf(this.bytes);
  }
}

/** A code in a picture. */
export class QrCode extends QrContent implements Placement {
  readonly corners: readonly [Point, Point, Point, Point];
  readonly isMirrored: boolean;
  readonly isInverted: boolean;

  /** Takes what was decoded and where it was found. */
  constructor(read: MatrixRead, { corners, isMirrored, isInverted }: Placement) {
    super(read);
    this.corners = corners;
    this.isMirrored = isMirrored;
    this.isInverted = isInverted;
  }
}
