import { describe, expect, test } from "vitest";
import {
  FormatError,
  isProjectError,
  LinkError,
  type LinkErrorReason,
  markProjectError,
  TokenError,
} from "./mod.ts";

const cause = new Error("native text");

describe("LinkError", () => {
  test.each(
    [
      "absent",
      "busy",
      "denied",
      "lost",
      "timeout",
      "aborted",
      "unsupported",
    ] satisfies LinkErrorReason[],
  )("%s has a stable code", (reason) => {
    const error = new LinkError(reason, "Cannot open: state", { delivery: "not-sent" });
    expect(error).toMatchObject({
      name: "LinkError",
      code: `link/${reason}`,
      reason,
      delivery: "not-sent",
      next: undefined,
    });
    expect(isProjectError(error)).toBe(true);
  });

  test("carries cause and next step, and is an Error with its message", () => {
    const error = new LinkError("lost", "Cannot send: gone", {
      delivery: "unknown",
      next: "Plug it in again.",
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ next: "Plug it in again.", cause, delivery: "unknown" });
    expect(String(error)).toBe("LinkError: Cannot send: gone");
  });
});

test("TokenError carries the command, the status word and the tries left", () => {
  const error = new TokenError("bad-key", "Cannot authenticate: wrong key", {
    command: "authenticate",
    status: 0x63c7,
    attemptsLeft: 7,
    next: "Check the key.",
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: "TokenError",
    code: "token/bad-key",
    kind: "bad-key",
    command: "authenticate",
    status: 0x63c7,
    attemptsLeft: 7,
    next: "Check the key.",
    cause,
  });
  expect(isProjectError(error)).toBe(true);
  expect(new TokenError("garbled", "m", { command: "c" }).status).toBeUndefined();
});

test("FormatError is a SyntaxError that says where", () => {
  const error = new FormatError("base32", "Cannot read seed: character 5 is not base32", {
    source: "prompt",
    position: 4,
    line: 1,
    next: "Base32 has the letters A to Z and the digits 2 to 7.",
    cause,
  });
  expect(error).toBeInstanceOf(SyntaxError);
  expect(error).toMatchObject({
    name: "FormatError",
    code: "format/base32",
    source: "prompt",
    position: 4,
    line: 1,
    cause,
  });
  expect(isProjectError(error)).toBe(true);
});

describe("isProjectError", () => {
  test.each([
    ["an error of the language", new TypeError("x")],
    ["an object that looks like one", { code: "link/lost", message: "x", next: undefined }],
    ["an error with a code, as Node's", Object.assign(new Error("x"), { code: "ENOENT" })],
    ["nothing", undefined],
    ["null", null],
    ["a text", "link/lost"],
  ])("%s is none", (_, value) => {
    expect(isProjectError(value)).toBe(false);
  });

  test("an error of a second copy of this package is one: the mark is a registered symbol", () => {
    const other = new Error("x");
    Object.defineProperty(other, Symbol.for("@otpsmith/core/project-error"), { value: true });
    expect(isProjectError(other)).toBe(true);
  });

  test("the mark is not copied and not printed", () => {
    const error = new LinkError("lost", "x", { delivery: "unknown" });
    expect(Object.keys(error)).not.toContain("Symbol(@otpsmith/core/project-error)");
    expect(isProjectError({ ...error })).toBe(false);
  });
});

// A transport or a driver that was installed with another version of this package throws that one's errors.
describe("errors of another copy of this package", () => {
  class Other extends Error {
    readonly next = undefined;
    readonly code: string;
    constructor(code: string) {
      super("Cannot send: gone");
      this.code = code;
      markProjectError(this);
    }
  }
  const own = {
    "link/lost": new LinkError("lost", "m", { delivery: "unknown" }),
    "token/locked": new TokenError("locked", "m", { command: "c" }),
    "format/base32": new FormatError("base32", "m", { source: "s" }),
  };
  const classes = [["link/", LinkError], ["token/", TokenError], ["format/", FormatError]] as const;

  test.each(classes)("%s… is one for instanceof, and nothing else is", (family, errorClass) => {
    for (const [code, error] of Object.entries(own)) {
      const fits = code.startsWith(family);
      expect([code, error instanceof errorClass]).toEqual([code, fits]);
      expect([code, new Other(code) instanceof errorClass]).toEqual([code, fits]);
    }
    const unmarked = Object.assign(new Error("m"), { code: `${family}lost` });
    for (const value of [unmarked, { code: `${family}lost` }, undefined, null, family]) {
      expect((value as unknown) instanceof errorClass).toBe(false);
    }
  });

  test("a class of one's own that extends one of them has instances of its own", () => {
    class Mine extends LinkError {}
    const mine = new Mine("lost", "m", { delivery: "unknown" });
    expect([mine instanceof Mine, mine instanceof LinkError]).toEqual([true, true]);
    expect(own["link/lost"] instanceof Mine).toBe(false);
  });
});
