import type { Pixels } from "../pixels.ts";

/** What can be captured on its own. */
export interface CaptureTarget {
  /** A monitor, or a window even where others cover it. */
  readonly kind: "monitor" | "window";
  /** Of a monitor its number, counted from 1; of a window the system's number, as `0x1400003`. */
  readonly id: string;
  /** The monitor's name, or the window's title; may be empty. */
  readonly name: string;
  /** Where it lies on the desktop, in pixels of the system's own count. */
  readonly x: number;
  /** Pixels down, likewise. */
  readonly y: number;
  /** Its width, likewise. */
  readonly width: number;
  /** Its height, likewise. */
  readonly height: number;
}

/** One picture of a screen. Overwrite its pixels after use. */
export interface Capture {
  /** What it shows. */
  readonly target: CaptureTarget;
  /** The picture; how many pixels it has may differ from the target's size, by the scale of the monitor. */
  readonly pixels: Pixels;
}

/** What a round of capturing came to. */
export interface Captured {
  /** Monitors first, then windows, the highest first. */
  readonly captures: readonly Capture[];
  /** What a person has to know: what was left out, what the desktop left behind. */
  readonly notes: readonly string[];
}

/** What is to be captured. */
export interface CaptureRequest {
  /** All monitors and windows (`screen`), or windows alone. */
  readonly what: "screen" | "windows";
  /** This monitor alone, counted from 1. */
  readonly monitor?: number | undefined;
  /** Windows whose title contains this text in upper or lower case, or whose number it is. */
  readonly window?: string | undefined;
}

/** A way to look at the screens of this computer. */
export interface Capturer extends AsyncDisposable {
  /** How: `x11`, `grim`, `portal` or `native`. */
  readonly way: CaptureWay;
  /** What there is. */
  list(): Promise<readonly CaptureTarget[]>;
  /**
   * Captures once. Windows that are to be seen in full on a captured monitor are left out: their pixels
   * are in its picture.
   *
   * @throws {FormatError} `format/no-monitor`, `format/no-window`, `format/screen` and others; see
   * {@linkcode openCapturer}.
   */
  capture(request: CaptureRequest): Promise<Captured>;
  /** Which window lies at a place of a monitor, where the system tells. */
  windowAt(
    monitor: CaptureTarget,
    at: { readonly x: number; readonly y: number },
  ): string | undefined;
  /** Whether it can be asked again and again without bothering anybody. */
  readonly canWatch: boolean;
}

/** How screens are read. */
export type CaptureWay = "x11" | "grim" | "portal" | "native";
