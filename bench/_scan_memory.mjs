// @ts-check
/**
 * Has an 8K screen read, and prints how many MiB this process had at most.
 *
 * @module
 */
import { register } from "node:module";
import { product } from "./_scan_readers.mjs";
import { screen } from "./_scan_screens.mjs";

register("../packages/transport-pcsc/testdata/_strip_types.mjs", import.meta.url);
const { pixels, text } = screen(await import("../tests/qr_set/mod.ts"), 7680, 4320, true);
const { read, end } = await product();
const { texts } = await read(pixels);
await end();
if (texts[0] !== text[0]) throw new Error("the code on the 8K screen was not read");
console.log(Math.round(process.resourceUsage().maxRSS / 1024));
