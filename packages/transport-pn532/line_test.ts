import { expect, test } from "vitest";
import { ManualTime } from "@otpsmith/core/time";
import { Line } from "./_line.ts";
import { Pn532Error, TROUBLE } from "./pn532_error.ts";
import { FakeSerial } from "./testdata/fake_serial.ts";

test("a line that ends fails everything that is being written, also where two write at once", async () => {
  const port = await new FakeSerial().open({});
  const line = new Line({ ...port, write: () => new Promise<never>(() => {}) }, new ManualTime(0));
  const sends = [line.send(Uint8Array.of(1)), line.send(Uint8Array.of(2))];
  const end = new Pn532Error(TROUBLE.unplugged);
  line.end(end);
  expect(await Promise.allSettled(sends)).toEqual([
    { status: "rejected", reason: end },
    { status: "rejected", reason: end },
  ]);
  await line.close();
});
