import { afterAll, beforeAll, expect, test } from "vitest";
import { ECHO } from "@otpsmith/conformance";
import type { Endpoint } from "@otpsmith/core/link";
import { pcsc } from "@otpsmith/transport-pcsc";
import { Bench } from "./testdata/bench_process.ts";
import { BINDING_NAMES } from "./testdata/daemon_suite.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start("ifd", Array.from({ length: 16 }, (_, index) => `Desk ${index}`));
  process.env["PCSCLITE_CSOCK_NAME"] = bench.socket;
});
afterAll(() => bench?.stop());

test.each(BINDING_NAMES)("%s talks to 16 cards at the same time", async (binding) => {
  const transport = pcsc({ binding });
  try {
    const endpoints = await transport.list() as readonly Endpoint<"apdu">[];
    expect(endpoints.map(({ label }) => label)).toEqual(bench.readers);
    expect(new Set(endpoints.map(({ id }) => id)).size).toBe(16);
    const answers = await Promise.all(endpoints.map(async (endpoint, index) => {
      const link = await endpoint.open();
      for (let round = 0; round < 5; round++) {
        const answer = await link.transceive(Uint8Array.of(0, ECHO.echo, 0, 0, 2, index, round));
        expect([...answer]).toEqual([index, round, 0x90, 0]);
      }
      return link;
    }));
    expect(answers).toHaveLength(16);
  } finally {
    await transport[Symbol.asyncDispose](); // closes all sixteen
  }
  const free = (await pcsc({ binding }).list()).map(({ facts }) => facts.inUse);
  expect(free).toEqual(Array(16).fill(false));
});
