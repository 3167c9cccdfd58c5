import { expect, test } from "vitest";
import { LinkError } from "../errors/mod.ts";
import { createApduLink, type Endpoint, type OpenOptions, withLink } from "./mod.ts";

function endpoint(): { endpoint: Endpoint<"apdu">; releases: number; opened: OpenOptions[] } {
  const seen = {
    releases: 0,
    opened: [] as OpenOptions[],
    endpoint: {
      id: "fake-0",
      kind: "apdu",
      transport: "fake",
      label: "Fake",
      facts: {},
      open: (options?: OpenOptions) => {
        seen.opened.push(options!);
        if (options?.signal?.aborted) {
          return Promise.reject(new LinkError("aborted", "given up", { delivery: "not-sent" }));
        }
        return Promise.resolve(createApduLink({
          label: "Fake",
          medium: "simulated",
          limits: { command: 261, response: 258 },
          exchange: () => Promise.resolve(Uint8Array.of(0x90, 0)),
          release: () => Promise.resolve(void seen.releases++),
        }));
      },
    } satisfies Endpoint<"apdu"> as Endpoint<"apdu">,
  };
  return seen;
}

test("lends the link, gives the result, closes", async () => {
  const fake = endpoint();
  const answer = await withLink(fake.endpoint, (link) => {
    expect(fake.releases).toBe(0);
    return link.transceive(Uint8Array.of(0, 0, 0, 0));
  }, { share: "shared" });
  expect(answer).toEqual(Uint8Array.of(0x90, 0));
  expect(fake.releases).toBe(1);
  expect(fake.opened).toEqual([{ share: "shared" }]);
});

test("closes when the borrower fails, and passes its error on", async () => {
  const fake = endpoint();
  await expect(withLink(fake.endpoint, () => Promise.reject(new Error("mine")))).rejects.toThrow(
    "mine",
  );
  expect(fake.releases).toBe(1);
});

test("an endpoint that does not open: its error, and the borrower is not called", async () => {
  const fake = endpoint();
  let called = false;
  const run = withLink(fake.endpoint, () => Promise.resolve(void (called = true)), {
    signal: AbortSignal.abort(),
  });
  await expect(run).rejects.toMatchObject({ code: "link/aborted" });
  expect([called, fake.releases]).toEqual([false, 0]);
});
