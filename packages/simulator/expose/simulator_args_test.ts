import { describe, expect, test } from "vitest";
import { parseSimulatorArgs } from "@otpsmith/simulator/expose";

const MODEL = "token2-single:C302-i";

describe("the simulator's command line", () => {
  test("gives every token what stands behind it", () => {
    const { tokens } = parseSimulatorArgs(
      ["--token", MODEL, "--state", "a", "--token", "b", "--serial", "1", "--reader", "Desk"],
    );
    expect(tokens).toEqual([
      { model: MODEL, state: "a" },
      { model: "b", serial: "1", reader: "Desk" },
    ]);
  });

  test("takes a state file alone, and the order does not matter for one token", () => {
    expect(parseSimulatorArgs(["--state", "a"]).tokens).toEqual([{ state: "a" }]);
    expect(parseSimulatorArgs(["--state", "a", "--token", MODEL]).tokens)
      .toEqual([{ model: MODEL, state: "a" }]);
  });

  test("without anything means one token, through our own driver, as text", () => {
    expect(parseSimulatorArgs([])).toEqual({
      tokens: [],
      scenario: undefined,
      expose: "pcscd",
      listen: undefined,
      json: false,
      help: false,
    });
  });

  test.each([
    [["--tokn", "x"], "unknown option '--tokn'"],
    [["surplus"], "surplus"],
    [["--expose", "usb"], 'no driver "usb"'],
    [["--serial", "1", "--serial", "2"], "--serial is given twice"],
    [["--scenario", "a", "--token", MODEL], "--scenario already says"],
    [["--listen", "3240"], "--listen goes with --expose usbip alone"],
    [["--expose", "usbip", "--listen", "a:b:c"], 'Cannot listen on "a:b:c"'],
  ])("%j is refused", (args, message) => {
    expect(() => parseSimulatorArgs(args)).toThrow(
      expect.objectContaining({
        code: "format/arguments",
        message: expect.stringContaining(message),
      }),
    );
  });
});

test.each([
  ["3241", "127.0.0.1", 3241],
  [":3241", "127.0.0.1", 3241],
  ["127.0.0.2", "127.0.0.2", 3240],
  ["0.0.0.0:0", "0.0.0.0", 0],
  ["localhost:3241", "localhost", 3241],
  ["[::1]:3241", "::1", 3241],
  ["[::1]", "::1", 3240],
])("--listen %s", (text, host, port) => {
  const { listen } = parseSimulatorArgs(["--expose", "usbip", "--listen", text]);
  expect(listen).toEqual({ host, port });
});

test.each(["", ":", "a:b:c", "127.0.0.1:65536", "[::1", "::1", "host:port"])(
  "--listen %j is refused",
  (text) => {
    expect(() => parseSimulatorArgs(["--expose", "usbip", "--listen", text]))
      .toThrow("Cannot listen on");
  },
);
