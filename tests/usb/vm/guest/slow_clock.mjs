// @ts-check
/** Slows the clock of this program down; to be loaded before it (`--import`), and before the programs that it starts. */
import { SLOWER } from "./slower.mjs";

const LONGEST_TIMER_MS = 0x7fff_ffff;
const [wait, now, began] = [globalThis.setTimeout, Date.now, Date.now()];
Date.now = () => began + (now() - began) / SLOWER;
globalThis.setTimeout = Object.assign(
  /** @type {typeof wait} */
  (
    (
      /** @type {(...args: any[]) => void} */ ring,
      /** @type {number} */ ms = 0,
      /** @type {any[]} */ ...args
    ) => wait(ring, Math.min(ms * SLOWER, LONGEST_TIMER_MS), ...args)
  ),
  wait,
);
