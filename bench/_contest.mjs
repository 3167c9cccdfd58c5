// @ts-check
/**
 * Measuring on a machine that does other things as well: contestants take turns in short rounds, each round
 * in another order, and are compared within a round, so that whatever slows the machine down slows all of
 * them. The median of the rounds is the result, their quartiles say how much to believe it. Rounds begin
 * in quiet moments while there are any: who needs two threads loses more on a busy machine than who needs
 * one.
 *
 * @module
 */
import { cpus } from "node:os";
import { setTimeout } from "node:timers/promises";

const WINDOW_MS = 50;
/** Up to this part of the processors' time is not called busy: the kernel counts in hundredths of a second. */
const QUIET = 0.1;

/**
 * Lets every contestant run once a round.
 *
 * @param {Readonly<Record<string, () => Promise<number>>>} contestants each resolves with what it measured
 * @param {{ readonly rounds: number, readonly patienceMs?: number }} options how long it waits in all for
 * other programs to be quiet
 * @returns {Promise<Record<string, number[]>>} what each measured, round by round
 */
export async function contest(contestants, { rounds, patienceMs = 30_000 }) {
  const all = Object.entries(contestants);
  /** @type {Record<string, number[]>} */
  const measured = Object.fromEntries(all.map(([name]) => [name, []]));
  let patience = patienceMs;
  for (let round = 0; round < rounds; round++) {
    while (patience > 0 && await busyPart() > QUIET) patience -= WINDOW_MS;
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

/** Which part of the processors' time is used by others just now: those who measure are waiting for us. */
async function busyPart() {
  const before = processorTimes();
  await setTimeout(WINDOW_MS);
  const after = processorTimes();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function processorTimes() {
  const times = cpus().map((cpu) => cpu.times);
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    all: times.reduce((sum, cpu) => sum + Object.values(cpu).reduce((a, b) => a + b, 0), 0),
  };
}
