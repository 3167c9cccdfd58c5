import { expect, test } from "vitest";
import { createVirtualToken } from "@otpsmith/simulator";
import { createCcidReader, createHidToken } from "@otpsmith/simulator/usb";
import { echoReports, featureReports } from "../../../packages/simulator/usb/testdata/reports.ts";
import { withVirtualBus } from "./with_virtual_bus.ts";

const child = (name: string): URL => new URL(`./children/${name}.ts`, import.meta.url);

test("the usb module drives a virtual reader, from listing to being pulled out", async () => {
  const token = createVirtualToken({ model: "token2-single:C302-i" });
  const atr = Buffer.from(token.card.atr).toString("hex");
  const { device, faults } = createCcidReader({
    profile: "OMNIKEY 5427 CK",
    serial: "SIM0001",
    cards: [token.card],
    extendEveryMs: 50,
  });
  await withVirtualBus([device], async ({ start }) => {
    const program = start(child("usb_ccid"));
    expect(await program.next()).toEqual([
      {
        vendorId: 0x076b,
        productId: 0x5427,
        productName: "OMNIKEY 5427 CK",
        serialNumber: "SIM0001",
      },
    ]);
    expect(await program.next()).toBe(
      Buffer.from(device.descriptors.configuration).toString("hex"),
    );
    expect(await program.next()).toBe(`80050000000000000000${atr}`);
    expect(await program.next()).toMatch(
      /^8002000000000100000069|^8002000000000100000068|^800200000000010000006[de]/,
    );
    expect(await program.next()).toBe("5003");
    token.faults.schedule({ kind: "hang" });
    program.say("slow");
    expect(await program.next()).toBe("80000000000002800100");
    token.faults.release();
    faults.schedule({ kind: "stall" });
    program.say("stall");
    expect(await program.next()).toMatch(/Stall/);
    expect(await program.next()).toMatch(/^8[01]/);
    expect(await program.next()).toMatch(/Cancelled/);
    program.say("leave");
    token.hands.takeAway();
    expect(await program.next()).toBe("5002");
    expect(await program.next()).toBe("waiting");
    device.unplug();
    expect(await program.next()).toMatch(/Disconnected/i);
    expect(await program.ended).toMatchObject({ exit: 0, stderr: "" });
  });
});

test("the node-hid module drives a virtual token, from listing to being pulled out", async () => {
  const otp = featureReports(8);
  const { device } = createHidToken({
    profile: "YubiKey OTP+FIDO",
    serial: "HID0001",
    reports: [otp, echoReports({ page: 0xf1d0, usage: 1 })],
  });
  await withVirtualBus([device], async ({ start }) => {
    const program = start(child("node_hid"));
    const ids = { vendorId: 0x1050, productId: 0x0403, product: "YubiKey OTP+FIDO" };
    expect(await program.next()).toEqual([
      { ...ids, usagePage: 1, usage: 6, interface: 0, serialNumber: "HID0001" },
      { ...ids, usagePage: 0xf1d0, usage: 1, interface: 1, serialNumber: "HID0001" },
    ]);
    expect(await program.next()).toEqual([9, "000102030405060708"]);
    expect(otp.heard).toEqual([Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]);
    expect(await program.next()).toBe(
      Array.from({ length: 64 }, (_, i) => i.toString(16).padStart(2, "0")).join(""),
    );
    expect(await program.next()).toBe("waiting");
    device.unplug();
    expect(await program.next()).toBe("error");
    program.say("end");
    expect(await program.ended).toMatchObject({ exit: 0, stderr: "" });
  });
});
