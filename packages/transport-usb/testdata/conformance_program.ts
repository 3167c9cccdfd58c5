// The conformance cases, under the preload library: tells each result.
import process from "node:process";
import { type ChildProgram, runCases, transportCasesFor } from "@otpsmith/conformance";
import { hear, tell } from "../../../tests/usb/preload/told.ts";
import { laneTransport, type Tried } from "./lane_transport.ts";

const [tried, echo, absent, held] = process.argv.slice(2);
const kind = tried === "ccid" ? "apdu" : tried as "report" | "feature";

/** Has the test do something, and waits for what comes of it. */
async function ask<T>(request: object): Promise<T> {
  tell(request);
  return await hear() as T;
}

const host = {
  setup: () =>
    Promise.resolve({
      transport: laneTransport(tried as Tried),
      echo,
      absent: absent || undefined,
      refuses: held ? [held] : undefined,
      child: (program: ChildProgram) => ask<"ended" | "hung" | "failed">({ child: program }),
      hands: {
        plug: (present: boolean) => ask<void>({ plug: present }),
        card: (present: boolean) => ask<void>({ card: present }),
      },
    }),
  supports: tried === "ccid" ? {} : {
    absent: "a HID token is there, or it is not listed",
    refuses: "the lane denies nobody a hidraw node",
    exclusive: "Linux lets several programs open a hidraw node",
    card: "there is no card",
    silence: "nothing tells a HID device that is at work to stop",
  },
};

for await (const result of runCases(transportCasesFor(kind), host)) tell({ result });
tell({ done: true });
