import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { refuseSecretsInArguments } from "./argument_guard.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

describe("a seed on the command line is refused", () => {
  test.each([
    ["burn", `otpauth://totp/a?secret=${SEED}`],
    [`otpauth-migration://offline?data=AAAA`],
    ["burn", SEED],
    ["burn", SEED.toLowerCase()],
    ["burn", "GEZD GNBV GY3T QOJQ GEZD"],
    ["burn", "3132333435363738393031323334353637383930"],
    ["burn", "--seed", "x"],
    ["burn", `--secret=${SEED}`],
    ["burn", "-secret=x"],
    ["info", `--reader=${SEED}`],
    ["scan", encodeURIComponent(`otpauth://totp/a?secret=${SEED}`)],
    ["burn", `${SEED},`],
    ["burn", `--${SEED}`],
    ["burn", `--seed:${SEED}`],
    ["sim", "run", "--scenario", `{"seed":"${SEED.slice(0, 10)}"}`],
  ])("%s %s", (...argv) => {
    let message = "";
    try {
      refuseSecretsInArguments(argv);
    } catch (error) {
      expect(error).toMatchObject({ code: "usage/seed-in-arguments", exit: 2 });
      message = JSON.stringify(error) + (error as Error).message;
    }
    expect(message).toContain("command line");
    expect(message).not.toContain(SEED);
  });
});

describe("what people type is not", () => {
  test.each([
    ["burn", "qr.png", "--reader", "omnikey", "--serial", "86596321234567", "--yes"],
    ["burn", "screenshots/alibaba-cloud.png"],
    ["verify", "qr.png", "--code", "123456"],
    ["sim", "run", "--token", "token2-single:C302-i", "--expose", "vpcd"],
    ["clock", "--sync", "--erase-seed", "--host-clock-checked"],
    ["burn", "-", "--as", "base32", "--display-off", "120"],
    ["info", "--reader", "Yubico YubiKey OTP+FIDO+CCID 00 00"],
    ["info", "--simulator", "/tmp/some/where/token.json"],
    ["clock", "--sync", "--simulator", "p2.json", "--token", "token2-single:OTPC-P2-i-NB"],
    ["info", "--reader", "hid global omnikey"],
    ["scan", "my-alibaba-account"],
    ["info", "--simulator", "simulated-token-file"],
    ["info", "--serial", "8659632123456789"],
  ])("%s %s", (...argv) => {
    expect(() => refuseSecretsInArguments(argv)).not.toThrow();
  });

  test("a file whose name could be a seed", () => {
    const here = process.cwd();
    const folder = mkdtempSync(join(tmpdir(), "otp-"));
    try {
      process.chdir(folder);
      expect(() => refuseSecretsInArguments(["burn", SEED])).toThrow();
      writeFileSync(SEED, "a picture");
      expect(() => refuseSecretsInArguments(["burn", SEED])).not.toThrow();
    } finally {
      process.chdir(here);
      rmSync(folder, { recursive: true });
    }
  });
});
