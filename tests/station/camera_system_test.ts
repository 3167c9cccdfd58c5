/// <reference lib="dom" />
import { afterEach, expect, test } from "vitest";
import {
  codePicture,
  openPage,
  type RunningStation,
  startBrowser,
  startStation,
  stateOf,
} from "./station_bench.ts";

let station: RunningStation | undefined;
afterEach(async () => {
  await station?.stop();
});

test("a code that is held in front of the camera", async () => {
  const browser = await startBrowser();
  try {
    station = await startStation();
    const context = await browser.newContext();
    // A stream of the browser's own, in the place of a device that this machine does not have.
    await context.addInitScript((base64) => {
      navigator.mediaDevices.getUserMedia = async () => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const code = await createImageBitmap(new Blob([bytes]));
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [640, 480];
        const drawing = canvas.getContext("2d")!;
        setInterval(() => {
          drawing.fillStyle = "#ddd";
          drawing.fillRect(0, 0, 640, 480);
          drawing.drawImage(code, 60, 40);
        }, 100);
        return canvas.captureStream(10);
      };
    }, codePicture().toString("base64"));
    const { page, errors } = await openPage(context, station);
    await page.getByRole("button", { name: "Use the camera" }).click();
    await page.getByText("alice", { exact: true }).waitFor();
    expect((await stateOf(page)).account).toMatchObject({ source: "the camera", seedBytes: 20 });
    expect(errors).toEqual([]);
  } finally {
    await browser.close();
  }
});
