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
  ])("%j is refused", (args, message) => {
    expect(() => parseSimulatorArgs(args)).toThrow(
      expect.objectContaining({
        code: "format/arguments",
        message: expect.stringContaining(message),
      }),
    );
  });
});
