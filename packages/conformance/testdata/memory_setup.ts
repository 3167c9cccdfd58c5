import { token2Single } from "@otpsmith/core/drivers/token2_single";
import type { Transport } from "@otpsmith/core/link";
import { createVirtualToken, type MemoryTransport, memoryTransport } from "@otpsmith/simulator";
import { EchoCard } from "../echo/echo_card.ts";
import type { TransportSetup } from "../transport/setup.ts";

const MODEL = "token2-single:C302-i";

/** Every need of every tier, served in process; `breaks` may put something broken in between. */
export function memorySetup(
  breaks: (whole: MemoryTransport) => Transport = (whole) => whole,
): Promise<TransportSetup> {
  const card = new EchoCard();
  const [first, second] = [1, 2].map((ordinal) => createVirtualToken({ model: MODEL, ordinal }));
  const whole = memoryTransport({
    readerTimeoutMs: 1200,
    readers: [
      { name: "Echo", card },
      { name: "Twin", card: new EchoCard() },
      { name: "Empty" },
      { name: "Desk", token: first },
      { name: "Desk too", token: second },
    ],
  });
  let plugged = true;
  const onDisplay = (token: typeof first) => () => {
    token!.hands.powerCycle();
    return Promise.resolve(token!.display().text);
  };
  return Promise.resolve({
    transport: breaks(whole),
    echo: "Echo",
    twin: "Twin",
    absent: "Empty",
    refuses: ["Empty"],
    hands: {
      plug: (present) => {
        if (present && !plugged) whole.plug({ name: "Echo", card });
        if (!present) whole.unplug("Echo");
        plugged = present;
        return Promise.resolve();
      },
      card: (present) => Promise.resolve(void (card.present = present)),
    },
    token: { endpoint: "Desk", drivers: [token2Single()] },
    burn: {
      endpoint: "Desk",
      drivers: [token2Single()],
      serial: first!.serial,
      display: onDisplay(first),
      twin: { endpoint: "Desk too", serial: second!.serial, display: onDisplay(second) },
    },
  });
}
