// Transports that child processes use. Each export makes one.
import { EchoCard } from "@otpsmith/conformance";
import { type MemoryTransport, memoryTransport } from "@otpsmith/simulator";

/** Nothing keeps its process alive. */
export function fine(): MemoryTransport {
  return memoryTransport({ readers: [{ name: "Echo", card: new EchoCard() }] });
}

/** Polls for ever, from its first list on. */
export function leaksTimer(): MemoryTransport {
  const whole = fine();
  const list = whole.list.bind(whole);
  return Object.assign(whole, {
    list: () => {
      setInterval(() => undefined, 1000);
      return list();
    },
  });
}
