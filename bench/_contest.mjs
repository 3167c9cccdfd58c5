// @ts-check
/**
 * Measuring on a machine that does other things as well: contestants take turns in short rounds, each round
 * in another order, and are compared within a round, so that whatever slows the machine down slows all of
 * them. The median of the rounds is the result, their quartiles say how much to believe it.
 *
 * @module
 */

/**
 * Lets every contestant run once a round.
 *
 * @param {Readonly<Record<string, () => Promise<number>>>} contestants each resolves with what it measured
 * @param {{ readonly rounds: number }} options
 * @returns {Promise<Record<string, number[]>>} what each measured, round by round
 */
export async function contest(contestants, { rounds }) {
  const all = Object.entries(contestants);
  /** @type {Record<string, number[]>} */
  const measured = Object.fromEntries(all.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of turn(all, round)) measured[name]?.push(await run());
  }
  return measured;
}

/**
 * The order of a round: everybody begins equally often, and comes as often before as after each other one.
 *
 * @template T
 * @param {readonly T[]} all
 * @param {number} round
 */
export function turn(all, round) {
  const at = Math.floor(round / 2) % all.length;
  const order = [...all.slice(at), ...all.slice(0, at)];
  return round % 2 === 0 ? order : order.reverse();
}

/**
 * Compares what one contestant measured with what its peer did in the same rounds.
 *
 * @param {readonly number[]} measured
 * @param {readonly number[]} peer
 */
export function compare(measured, peer) {
  const ratios = measured.map((value, round) => value / (peer[round] ?? NaN));
  return {
    measured: quantile(measured, 0.5),
    peer: quantile(peer, 0.5),
    ratio: quantile(ratios, 0.5),
    quartiles: /** @type {[number, number]} */ ([quantile(ratios, 0.25), quantile(ratios, 0.75)]),
    rounds: ratios.length,
  };
}

/**
 * The value below which that part of the values lies, between the two nearest ones where none lies there.
 *
 * @param {readonly number[]} values
 * @param {number} part 0.5 for the median
 */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low = NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}
