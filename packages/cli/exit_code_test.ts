import { FormatError, LinkError, TokenError } from "@otpsmith/core/errors";
import { expect, test } from "vitest";
import { CliError } from "./cli_error.ts";
import { EXIT_CODE_HELP, exitCodeOf } from "./exit_code.ts";

const link = (reason: "absent" | "busy" | "aborted", delivery: "not-sent" | "unknown"): LinkError =>
  new LinkError(reason, "Cannot send: x", { delivery });

test.each([
  [new FormatError("base32", "Cannot read seed: x", { source: "test" }), 3],
  [link("absent", "not-sent"), 4],
  [link("busy", "not-sent"), 1],
  [link("aborted", "not-sent"), 3],
  [link("aborted", "unknown"), 1],
  [new TokenError("unsupported", "Cannot use: x", { command: "x" }), 3],
  [new TokenError("bad-key", "Cannot use: x", { command: "x" }), 1],
  [new CliError("x", { code: "x", exit: 2 }), 2],
  [new TypeError("a defect"), 1],
])("%s ends with %d", (error, exit) => {
  expect(exitCodeOf(error)).toBe(exit);
});

test("all five stand in the help", () => {
  expect(EXIT_CODE_HELP.match(/^ {2}\d/gm)).toEqual(["  0", "  1", "  2", "  3", "  4"]);
});
