// @ts-check
/**
 * A card in a process of its own, in a reader of a private, real pcscd. Prints socket and reader as one
 * line of JSON; ends when its input ends.
 */
import { once } from "node:events";
import { EchoCard } from "@otpsmith/conformance";
import { systemTime } from "@otpsmith/core";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";

const cell = new Int32Array(new SharedArrayBuffer(4));

/**
 * A clock that waits by the kernel's timer, to some 50 µs. Node's own timers count whole milliseconds from the start of
 * one: a card that waits with them swallows up to a millisecond of what its client loses, and every client
 * looks as quick as the quickest. Nothing else has to happen in this process meanwhile.
 *
 * @type {import("@otpsmith/core").TimeSource}
 */
const exactTime = {
  ...systemTime,
  sleep: (milliseconds) => {
    Atomics.wait(cell, 0, 0, milliseconds);
    return Promise.resolve();
  },
};

const exposure = await exposeThroughPcscd({
  readers: [{ name: "otpsmith Bench", card: new EchoCard(exactTime) }],
}).catch(({ message, next = "" }) => {
  console.error(`${message}. ${next}`);
  process.exit(1);
});
console.log(JSON.stringify({ socket: exposure.socket, reader: exposure.readers[0] }));
process.stdin.resume();
await once(process.stdin, "end");
await exposure.stop();
