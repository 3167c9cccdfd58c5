import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildIfdHandler, exposeThroughVpcd } from "@otpsmith/simulator/expose";

let cacheDirectory: string;
beforeEach(async () => void (cacheDirectory = await mkdtemp(join(tmpdir(), "ifd-"))));
afterEach(() => rm(cacheDirectory, { recursive: true }));

async function script(text: string): Promise<string> {
  const path = join(cacheDirectory, "compiler");
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

describe("building the reader driver", () => {
  test("happens once, also when several want it at the same time", async () => {
    const paths = await Promise.all(
      Array.from({ length: 4 }, () => buildIfdHandler({ cacheDirectory })),
    );
    expect(new Set(paths).size).toBe(1);
    expect((await readdir(cacheDirectory)).map((name) => join(cacheDirectory, name)))
      .toEqual([paths[0]]);
  });

  test("compiles without a single warning", async () => {
    const compiler = await script('exec cc -Werror "$@"');
    await expect(buildIfdHandler({ cacheDirectory, compiler })).resolves.toMatch(/\.so$/);
  });

  test("without a compiler names the package and the way without one", async () => {
    await expect(buildIfdHandler({ cacheDirectory, compiler: "no-such-cc" })).rejects.toMatchObject(
      {
        code: "link/absent",
        message: "Cannot build the reader driver: no-such-cc is not installed",
        next: expect.stringMatching(/^Run: apt-get install gcc libc6-dev; or use --expose vpcd/),
      },
    );
  });

  test("without the headers of pcsc-lite names the package", async () => {
    const compiler = await script(
      'for a; do shift; case $a in -I*) ;; *) set -- "$@" "$a" ;; esac; done; exec cc "$@"',
    );
    await expect(buildIfdHandler({ cacheDirectory, compiler })).rejects.toMatchObject({
      next: expect.stringMatching(/^Run: apt-get install libpcsclite-dev; or use --expose vpcd/),
    });
  });

  test("that fails leaves nothing in the cache", async () => {
    const compiler = await script("echo odd >&2; exit 1");
    await expect(buildIfdHandler({ cacheDirectory, compiler })).rejects.toThrow("fails: odd");
    expect(await readdir(cacheDirectory)).toEqual(["compiler"]);
  });
});

test("vpcd that is not installed is an error that names its package", async () => {
  await expect(exposeThroughVpcd({ readers: [{}], library: "/no/such/vpcd.so" }))
    .rejects.toMatchObject({ next: "Run: apt-get install vsmartcard-vpcd" });
});
