/**
 * The rule that keeps a wrong seed from being burned, tried on a hundred thousand covered codes. Takes two minutes on
 * a quiet machine.
 *
 * @module
 */
import { classifyCode } from "@otpsmith/formats";
import { expect, test } from "vitest";
import { readCoveredCodes } from "../packages/qr/testdata/covered.ts";

test("of a hundred thousand randomly covered codes none is read wrongly", () => {
  let ungrammatical = 0;
  const counts = readCoveredCodes(100_000, {
    // As callers have it: a text must also be a link that means something.
    accept: ({ bytes }) => {
      const isLink = classifyCode(bytes, { source: "covered code" }).kind === "otpauth";
      if (!isLink) ungrammatical++;
      return isLink;
    },
  });
  console.log(
    `100,000 covered codes: ${counts.read} read, ${counts.refused} refused, ${counts.wrong} wrong; ` +
      `${ungrammatical} texts were believed and no link`,
  );
  expect(counts.wrong).toBe(0);
  expect(ungrammatical).toBe(0); // the rule does not lean on the grammar
  expect(counts.read).toBeGreaterThan(50_000);
  expect(counts.refused).toBeGreaterThan(10_000);
}, 1_800_000);
