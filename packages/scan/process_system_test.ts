import { chmodSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { run, withFolder, writeInto } from "./testdata/child.ts";
import { compose, qrencode, SAMPLE } from "./testdata/pictures.ts";

// The package as it is published, in a Node process of its own.

describe("where the decoders run", () => {
  const program = `
    const { scanImage } = await import(built);
    const found = await scanImage(input, { source: "x" });
    console.log(JSON.stringify({
      wasm: typeof WebAssembly,
      codes: found.map(({ bytes, step }) => [new TextDecoder().decode(bytes), step]),
    }));
  `;

  test("without any network", async () => {
    // Loaded first in the program and in each of its threads. Every way out is reported and refused.
    const guard = `
      const forbid = (name) => (...args) => {
        process.stderr.write("network: " + name + " " + args[0]);
        throw new Error("no network");
      };
      process.stderr.write("guarded\\n");
      globalThis.fetch = forbid("fetch");
      globalThis.XMLHttpRequest = forbid("XMLHttpRequest");
      require("node:net").Socket.prototype.connect = forbid("connect");
      require("node:dns").lookup = forbid("lookup");
    `;
    await withFolder(async (folder) => {
      const path = writeInto(folder, "guard.cjs", guard);
      const env = { ...process.env, NODE_OPTIONS: `--require=${path}` };
      const outcome = await run(program, { input: qrencode(SAMPLE), env });
      expect(outcome.stderr).toBe("guarded\n".repeat(3));
      expect(JSON.parse(outcome.stdout)).toEqual({ wasm: "object", codes: [[SAMPLE, "screen"]] });
    });
  });

  test("without WebAssembly, several codes and an inverted one", async () => {
    const inverted = await sharp(qrencode(`${SAMPLE}2`)).flatten().negate({ alpha: false }).png()
      .toBuffer();
    const picture = await compose({ width: 900, height: 420, background: "#808080" }, [
      { input: qrencode(`${SAMPLE}1`), left: 20, top: 20 },
      { input: inverted, left: 450, top: 20 },
    ]);
    const outcome = await run(program, { input: picture, flags: ["--jitless"] });
    expect(JSON.parse(outcome.stdout)).toEqual({
      wasm: "undefined",
      codes: [[`${SAMPLE}1`, "screen"], [`${SAMPLE}2`, "screen"]],
    });
  });

  test("without WebAssembly, a code that does not stand upright", async () => {
    const turned = await sharp(qrencode(SAMPLE)).flatten().rotate(20, { background: "#fff" }).png()
      .toBuffer();
    const outcome = await run(program, { input: turned, flags: ["--jitless"] });
    expect(JSON.parse(outcome.stdout)).toEqual({ wasm: "undefined", codes: [[SAMPLE, "jsqr"]] });
  });

  test("neither decoder nor image library is loaded by importing the package", async () => {
    const outcome = await run(
      `import { createRequire } from "node:module";
      await import(built);
      const loaded = Object.keys(createRequire(built).cache);
      const native = process.report.getReport().sharedObjects.filter((name) => /vips|sharp/.test(name));
      console.log(JSON.stringify([loaded, native]));
      await (await import(built)).decodeImage(input, { source: "x" });
      console.log(process.report.getReport().sharedObjects.some((name) => /vips/.test(name)));`,
      { input: qrencode("x") },
    );
    expect(outcome.stdout).toBe("[[],[]]\ntrue\n");
  });

  test("a process that has scanned ends by itself", async () => {
    const outcome = await run(
      `const { scanImage } = await import(built);
      await scanImage(input, { source: "x" });
      console.log("done");`,
      { input: qrencode(SAMPLE) },
    );
    expect(outcome).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  });
});

test("no picture is put into a temporary file", async () => {
  // A threshold of one kilobyte, and no folder for temporary files: libvips fails if it wants one.
  const env = { ...process.env, VIPS_DISC_THRESHOLD: "1k", TMPDIR: "/nonexistent" };
  const picture = sharp({
    create: { width: 900, height: 600, channels: 4, background: "#ffffff80" },
  }).withMetadata({ orientation: 6 });
  const webp = await picture.clone().webp().toBuffer();
  const sharpAlone = await run(
    `const { default: sharp } = await import("sharp");
    await sharp(input).autoOrient().raw().toBuffer();`,
    { input: webp, env },
  );
  expect(sharpAlone.stderr).toContain("/nonexistent/vips");

  const others = [
    picture.clone().png({ progressive: true }),
    picture.clone().jpeg(),
    picture.gif(),
  ];
  for (const bytes of [webp, ...await Promise.all(others.map((other) => other.toBuffer()))]) {
    const ours = await run(
      `const { decodeImage } = await import(built);
      const [pixels] = await decodeImage(input, { source: "x" });
      console.log(pixels.width * pixels.height);`,
      { input: bytes, env },
    );
    expect(ours).toMatchObject({ stdout: "540000\n", code: 0 });
  }
});

test("a file that this user may not read", async () => {
  await withFolder(async (folder) => {
    const path = writeInto(folder, "secret.png", "x");
    chmodSync(path, 0);
    chmodSync(folder, 0o755);
    // Root may read everything, so the attempt is made as somebody else.
    const outcome = await run(
      `const { readSource } = await import(built);
        if (process.getuid() === 0) process.setuid(65534);
        await readSource(${JSON.stringify(path)}).catch((e) => console.log(e.code, e.message));`,
    );
    expect(outcome.stdout).toBe(
      "format/file Cannot read secret.png: this user may not read it\n",
    );
  });
});
