import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHex } from "../bytes/mod.ts";
import { Secret } from "../secret/mod.ts";
import vectors from "../testdata/otp_vectors.json" with { type: "json" };
import { type OtpAlgorithm, timeStep, totp, type TotpOptions } from "./mod.ts";

const algorithm = fc.constantFrom<OtpAlgorithm>("SHA1", "SHA256", "SHA512");
const key = (algorithm: OtpAlgorithm): Secret =>
  Secret.take(new TextEncoder().encode(vectors.keys[algorithm]));

/** RFC 4226 once more, from the text of the standard and Node's HMAC. */
function reference(bytes: Uint8Array, { algorithm, digits, period, time }: TotpOptions): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(time) / BigInt(period));
  const digest = createHmac(algorithm, bytes).update(counter).digest();
  const offset = digest.at(-1)! & 15;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

describe("totp", () => {
  test.each(vectors.hotp.map((code, counter) => [counter, code] as const))(
    "RFC 4226: counter %i gives %s",
    (counter, code) => {
      const options = { algorithm: "SHA1", digits: 6, period: 1, time: counter } as const;
      expect(totp(key("SHA1"), options)).toBe(code);
    },
  );

  test.each(vectors.totp)("RFC 6238: time $time", ({ time, ...codes }) => {
    for (const algorithm of ["SHA1", "SHA256", "SHA512"] as const) {
      const code = totp(key(algorithm), { algorithm, digits: 8, period: 30, time });
      expect(code).toBe(codes[algorithm]);
    }
  });

  test("the length of the key does not choose the hash", () => {
    const code = totp(key("SHA1"), { algorithm: "SHA256", digits: 8, period: 30, time: 59 });
    expect(code).toBe("32247374");
  });

  test("agrees with the reference for any key, hash, length, period and time", () => {
    fc.assert(fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.record({
        algorithm,
        digits: fc.integer({ min: 6, max: 10 }),
        period: fc.constantFrom(1, 15, 30, 60, 3600),
        time: fc.oneof(fc.integer({ min: 0, max: 2 ** 33 }), fc.maxSafeNat()),
      }),
      (bytes, options) => {
        expect(totp(Secret.copyOf(bytes), options)).toBe(reference(bytes, options));
      },
    ));
  });

  test("agrees with oathtool", () => {
    const seeds = [1, 10, 16, 20, 32, 48, 63, 64, 65, 80, 128, 129]
      .map((length) => Uint8Array.from({ length }, (_, i) => 7 * i + length));
    for (const algorithm of ["SHA1", "SHA256", "SHA512"] as const) {
      for (
        const [period, digits, time] of [[30, 6, 1_700_000_000], [60, 8, 5_000_000_000]] as const
      ) {
        for (const bytes of seeds) {
          const oathtool = execFileSync("oathtool", [
            `--totp=${algorithm.toLowerCase()}`,
            `--digits=${digits}`,
            `--time-step-size=${period}s`,
            `--now=@${time}`,
            "-",
          ], { input: encodeHex(bytes), encoding: "utf8" });
          const code = totp(Secret.copyOf(bytes), { algorithm, digits, period, time });
          expect(code, `${algorithm} ${bytes.length}`).toBe(oathtool.trim());
        }
      }
    }
  });

  test("leaves the secret as it was", () => {
    const secret = key("SHA1");
    totp(secret, { algorithm: "SHA1", digits: 6, period: 30, time: 0 });
    expect(secret.equals(key("SHA1"))).toBe(true);
  });

  test.each([
    { digits: 0 },
    { digits: 11 },
    { digits: 6.5 },
    { digits: NaN },
    { period: 0 },
    { period: -30 },
    { period: 0.5 },
    { time: -1 },
    { time: NaN },
    { time: Infinity },
    { algorithm: "MD5" as OtpAlgorithm },
    { algorithm: "constructor" as OtpAlgorithm },
  ])("refuses %j", (wrong) => {
    const options = { algorithm: "SHA1", digits: 6, period: 30, time: 0, ...wrong } as const;
    expect(() => totp(key("SHA1"), options)).toThrow(RangeError);
  });

  test("refuses a secret that has been wiped", () => {
    const secret = key("SHA1");
    secret.wipe();
    const options = { algorithm: "SHA1", digits: 6, period: 30, time: 0 } as const;
    expect(() => totp(secret, options)).toThrow(TypeError);
  });
});

test.each([[0, 30, 0], [29.9, 30, 0], [30, 30, 1], [59, 60, 0], [2 ** 40, 1, 2 ** 40]])(
  "timeStep(%d, %d) is %d",
  (time, period, step) => expect(timeStep(time, period)).toBe(step),
);
