import { pixelsOf } from "./pixels.ts";

/** How often a shared screen or a camera is looked at. */
const LOOK_EVERY_MS = 250;

/** Without this the browser scales large frames down; an `ideal` of this size would scale them up. */
const WHOLE = { width: { max: 16_384 }, height: { max: 16_384 } };

/**
 * Asks for a screen, a window or a tab. The browser's own picker knows all monitors, on Wayland too, and a
 * shared window is seen whole where another one covers it.
 */
export async function shareScreen(): Promise<MediaStream> {
  const options = {
    video: { ...WHOLE, frameRate: { ideal: 5 }, displaySurface: "monitor" },
    audio: false,
    monitorTypeSurfaces: "include",
    selfBrowserSurface: "exclude",
    surfaceSwitching: "include",
  };
  return await navigator.mediaDevices.getDisplayMedia(options as DisplayMediaStreamOptions);
}

/** Asks for a camera. */
export async function openCamera(): Promise<MediaStream> {
  const video = {
    width: { ideal: 1920 },
    height: { ideal: 1080 },
    facingMode: "environment",
  };
  return await navigator.mediaDevices.getUserMedia({ video, audio: false });
}

/**
 * Looks at a stream again and again until `onFrame` has what it wants, the signal fires or the person
 * stops sharing. The stream is ended in any case.
 *
 * @returns Whether `onFrame` was satisfied.
 */
export async function watchStream(
  stream: MediaStream,
  { video, signal, onFrame }: {
    /** Where it plays; it need not be in the page. */
    readonly video: HTMLVideoElement;
    readonly signal: AbortSignal;
    readonly onFrame: (image: ImageData) => Promise<boolean>;
  },
): Promise<boolean> {
  const [track] = stream.getVideoTracks();
  try {
    video.srcObject = stream;
    video.muted = true;
    await video.play();
    while (!signal.aborted && track?.readyState === "live") {
      const { videoWidth: width, videoHeight: height } = video;
      if (width > 0 && await onFrame(pixelsOf(video, { width, height }))) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return false;
  } finally {
    for (const one of stream.getTracks()) one.stop();
    video.srcObject = null;
  }
}
