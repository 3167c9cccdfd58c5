import type { Line } from "../picture/mod.ts";

/**
 * A row or column cut into stretches that are brighter or darker than their neighbours. There is no threshold:
 * what counts is that the brightness turns, by `least` levels or more. So faint codes are found as well as
 * black ones.
 */
export class Runs {
  /** How many there are. */
  count = 0;
  /** Where each begins, in pixels and parts of them; one more than there are, the last is the end. */
  readonly starts: Float64Array;
  /** The brightest or darkest value of each. */
  readonly levels: Uint8Array;

  /** @param longest length of the longest row or column that will be cut */
  constructor(longest: number) {
    this.starts = new Float64Array(longest + 2);
    this.levels = new Uint8Array(longest + 2);
  }

  /**
   * Cuts a row. Between two turning points the border is put where it would have been had each pixel taken the
   * mean of what lies under it: exact for everything that was drawn with antialiasing, whatever its size.
   */
  cut({ values, changes, count: places, length }: Line, least: number): void {
    const { starts, levels } = this;
    this.count = 0;
    starts[0] = 0;
    if (length === 0) return;
    // Up to the first turn neither is known to be the extreme: both are kept.
    let low = values[0]!, high = low, lowEnd = 0, highEnd = 0;
    let last = low, place = 1, direction = 0, x = 0;
    for (; place < places && direction === 0; place++) {
      x = changes[place]!;
      const value = values[x]!;
      if (last === low) lowEnd = x - 1;
      if (last === high) highEnd = x - 1;
      last = value;
      if (value < low) {
        low = value;
        lowEnd = x;
      } else if (value > high) {
        high = value;
        highEnd = x;
      } else continue;
      if (high - low >= least) direction = value === high ? 1 : -1;
    }
    if (direction === 0) {
      levels[0] = low;
      starts[1] = length;
      this.count = 1;
      return;
    }
    let previous = direction > 0 ? low : high, previousEnd = direction > 0 ? lowEnd : highEnd;
    let current = last, start = x, end = start;
    let count = 0;
    for (; place < places; place++) {
      x = changes[place]!;
      const value = values[x]!;
      if (last === current) end = x - 1;
      last = value;
      const ahead = direction > 0 ? value - current : current - value;
      if (ahead > 0) {
        current = value;
        start = end = x;
      } else if (ahead <= -least) {
        levels[count++] = previous;
        starts[count] = border(values, previous, previousEnd, current, start);
        previous = current;
        previousEnd = end;
        current = value;
        start = end = x;
        direction = -direction;
      }
    }
    levels[count++] = previous;
    starts[count] = border(values, previous, previousEnd, current, start);
    levels[count++] = current;
    starts[count] = length;
    this.count = count;
  }
}

/** Each pixel on the way belongs to the first stretch by its share of the first brightness. */
function border(
  values: Uint8Array,
  from: number,
  fromEnd: number,
  to: number,
  toStart: number,
): number {
  let at = fromEnd + 1;
  for (let x = fromEnd + 1; x < toStart; x++) at += (to - values[x]!) / (to - from);
  return at;
}
