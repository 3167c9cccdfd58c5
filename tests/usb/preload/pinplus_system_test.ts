import { createVirtualToken, memoryFlash } from "@otpsmith/simulator";
import { createHidToken } from "@otpsmith/simulator/usb";
import { expect, test } from "vitest";
import { withVirtualBus } from "./with_virtual_bus.ts";

const SEED = Uint8Array.from({ length: 20 }, (_, i) => 0x31 + i);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test.each(["pin-plus", "pin-plus-ctaphid", "pin-plus-features"])(
  "an entry of a %s is burned and proven through the node-hid module",
  async (model) => {
    const storage = memoryFlash();
    const token = createVirtualToken({ model: `token2-pinplus:${model}`, storage });
    const { device } = createHidToken({ profile: "Token2 PIN+", reports: token.reports });
    await withVirtualBus([device], async ({ start }) => {
      const burn = start(new URL("./children/pinplus_burn.ts", import.meta.url));
      expect(await burn.next()).toEqual([
        { kind: "report", label: "TOKEN2 FIDO2 Security Key(0026) FIDO" },
      ]);
      expect(await burn.next()).toMatchObject({
        driver: "token2_pinplus_hid",
        serial: token.serial,
      });
      burn.say([...SEED]);
      const outcome = await burn.next() as { trace: string };
      expect(outcome).toMatchObject({
        status: "done",
        holds: ["new-seed"],
        proof: { level: "computed", match: true },
        slots: [{ title: "Acme:alice", occupied: true }],
      });
      expect(outcome.trace.toLowerCase()).not.toContain(hex(SEED));
      expect(await burn.ended).toMatchObject({ exit: 0, stderr: "" });
    });
    const memory = storage.read()!.cells!.use((bytes) => new TextDecoder().decode(bytes));
    expect(memory.toLowerCase()).toContain(hex(SEED));
  },
);
