// Programs in processes of their own: what the system allows, what is installed, what is logged.
import { chmodSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EchoCard, measurement } from "@otpsmith/conformance";
import { exposeThroughPn532, type Pn532Exposure } from "@otpsmith/simulator/expose";
import { runClient } from "./testdata/client_process.ts";

let module: Pn532Exposure;
beforeAll(async () => {
  module = await exposeThroughPn532({ card: new EchoCard() });
});
afterAll(() => module.stop());

// Node resolves `import` past what hides modules here, so what serialport itself requires is hidden.
test("without a serialport that loads: an obstacle, and errors that say what to install", async () => {
  const ports = [module.path];
  const probe = await runClient({ program: "probe", ports, without: ["@serialport/bindings-cpp"] });
  expect(probe).toMatchObject({
    end: "ended",
    said: [{
      usable: false,
      code: "missing-library",
      message: "Cannot use PN532 modules: the npm package serialport cannot be loaded",
      fix: "Run: npm install serialport",
    }],
  });
  const exchange = await runClient({
    program: "exchange",
    ports,
    without: ["@serialport/bindings-cpp"],
  });
  expect(exchange.said).toMatchObject([{
    name: "LinkError",
    code: "link/absent",
    next: "Run: npm install serialport",
  }]);
});

test("a port that this account may not use: an obstacle with the group that helps", async () => {
  const terminal = realpathSync(module.path);
  const { mode } = statSync(terminal);
  const directory = dirname(module.path);
  chmodSync(terminal, 0);
  chmodSync(directory, 0o755);
  try {
    const uid = process.getuid!() === 0 ? 65_534 : undefined; // nothing is denied to the superuser
    const probe = await runClient({ program: "probe", ports: [module.path], uid });
    expect(probe.said).toMatchObject([{ usable: false, code: "denied" }]);
    expect((probe.said[0] as { fix: string }).fix).toContain("usermod -aG dialout");
    const exchange = await runClient({ program: "exchange", ports: [module.path], uid });
    expect(exchange.said).toMatchObject([{ name: "LinkError", code: "link/denied" }]);
    expect(exchange.end).toBe("ended");
  } finally {
    chmodSync(directory, 0o700);
    chmodSync(terminal, mode);
  }
});

test("no port: an obstacle that says which is missing", async () => {
  const { said } = await runClient({ program: "probe", ports: ["/dev/ttyNONE0"] });
  expect(said).toMatchObject([{
    usable: false,
    code: "no-reader",
    message: "Cannot use PN532 modules: there is no serial port /dev/ttyNONE0",
  }]);
});

test("serialport logs all that it has to say, and no byte of a seed is in it", async () => {
  const { said, errors, end } = await runClient({
    program: "secret",
    ports: [module.path],
    env: { DEBUG: "*" },
  });
  expect(end).toBe("ended");
  expect(said).toEqual([[...measurement(new Uint8Array(20).fill(0xab)), 0x90, 0]]);
  expect(errors).toContain("serialport/bindings-cpp"); // the log was really on
  const told = errors.replace(/^\S+Z /gm, ""); // without the times, which may have any digits
  expect(told).not.toMatch(/abab|ab ab|\b171\b/i);
});
