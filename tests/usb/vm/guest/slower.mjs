// @ts-check
/**
 * How much slower the clock goes of programs in the guest that measure how long something takes, and of the devices
 * that they measure. Their emulated processor may get a tenth of a busy computer's one: what is patient elsewhere would
 * give up there, though all is well. Both clocks go alike, so "late" and "slow" mean what they mean elsewhere.
 */
export const SLOWER = 4;
