import { type Display } from "./display.ts";
import { overlaps, type Rectangle } from "./image.ts";
import type { Monitor } from "./monitors.ts";
import { X11Error } from "./wire.ts";

/** A window as it lies on the root. */
export interface Window extends Rectangle {
  /** What programs such as `xwininfo` call it: the window of the program, inside a manager's frame. */
  readonly id: number;
  /** The child of the root in which it lies: itself, unless a window manager has framed it. */
  readonly frame: number;
  readonly title: string;
  readonly depth: number;
  readonly visual: number;
  /** Whether all of it is to be seen on the monitors. */
  readonly isInFull: boolean;
}

/** The smallest QR code has 21 modules. */
const LEAST_SIDE = 21;
/** How deep inside a manager's frame a program's window is looked for. */
const DEPTH = 3;

/**
 * All windows that are shown, the highest first. The tree of windows is asked, not the window manager:
 * so there need be none, and menus and notices are found as well.
 */
export async function listWindows(
  display: Display,
  monitors: readonly Monitor[],
): Promise<readonly Window[]> {
  const above: Rectangle[] = [];
  const windows: Window[] = [];
  const frames = await Promise.all(
    [...await display.children(display.root)].reverse().map((id) => look(display, id)),
  );
  for (const window of frames) {
    if (!window) continue;
    const isInFull = monitors.some((monitor) => contains(monitor, window)) &&
      !above.some((other) => overlaps(other, window));
    above.push(window);
    if (window.width < LEAST_SIDE || window.height < LEAST_SIDE) continue;
    windows.push({ ...window, isInFull });
  }
  return windows;
}

async function look(
  display: Display,
  frame: number,
): Promise<Omit<Window, "isInFull"> | undefined> {
  try {
    const { visual, isShown } = await display.attributes(frame);
    if (!isShown) return undefined;
    const place = await display.geometry(frame);
    const id = await clientIn(display, frame, DEPTH) ?? frame;
    return { ...place, id, frame, visual, title: await titleOf(display, id) };
  } catch (error) {
    if (error instanceof X11Error) return undefined; // it was closed meanwhile
    throw error;
  }
}

/** A program's own window bears WM_STATE once a window manager has taken it (ICCCM, 4.1.3.1). */
async function clientIn(
  display: Display,
  window: number,
  depth: number,
): Promise<number | undefined> {
  const state = await display.property(window, await display.atom("WM_STATE"));
  if (state.type !== 0) return window;
  if (depth === 0) return undefined;
  for (const child of await display.children(window)) {
    const found = await clientIn(display, child, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function titleOf(display: Display, window: number): Promise<string> {
  const utf8 = await display.property(window, await display.atom("_NET_WM_NAME"));
  if (utf8.bytes.length > 0) return new TextDecoder().decode(utf8.bytes);
  const name = await display.property(window, await display.atom("WM_NAME"));
  const isUtf8 = name.type === await display.atom("UTF8_STRING");
  return new TextDecoder(isUtf8 ? "utf-8" : "latin1").decode(name.bytes);
}

function contains(outer: Rectangle, inner: Rectangle): boolean {
  return inner.x >= outer.x && inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height;
}
