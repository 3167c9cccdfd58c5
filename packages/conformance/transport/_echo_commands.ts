import { LinkError } from "@otpsmith/core/errors";
import { check } from "../_check.ts";
import { ECHO } from "../echo/echo_card.ts";
import type { EchoLink } from "./echo_link.ts";

/** How long an echo keeps the link busy while more calls are made at once. */
const BUSY_MS = 100;

/** A command has arrived by then, on a machine that does nothing else. */
export const UNDER_WAY_MS = 50;

/** Longer than any answer here takes, on a machine that is busy with something else. */
export const PATIENCE_MS = 5_000;

export function echo(...data: readonly number[]): Uint8Array {
  return Uint8Array.of(0, ECHO.echo, 0, 0, data.length, ...data);
}

/** An echo that keeps the link busy, where it can: a feature report is read at once or not yet ready. */
export function busyEcho({ bare }: EchoLink, ...data: readonly number[]): Uint8Array {
  if (bare.kind === "feature") return echo(...data);
  return Uint8Array.of(0, ECHO.echoAfter, 0, BUSY_MS, data.length, ...data);
}

/** A command that is not answered before the power goes, or 65 s have passed. */
export function silence(): Uint8Array {
  return Uint8Array.of(0, ECHO.echoAfter, 0xff, 0xff);
}

export function ok(...data: readonly number[]): Uint8Array {
  return Uint8Array.of(...data, 0x90, 0x00);
}

/** How many commands the device has got, this one included. */
export function commandsSeen(link: EchoLink): Promise<number> {
  return ask(link, ECHO.count);
}

/** How many slow commands the device has come to the end of. */
export function slowFinished(link: EchoLink): Promise<number> {
  return ask(link, ECHO.finished);
}

async function ask(link: EchoLink, ins: number): Promise<number> {
  const answer = await link.transceive(Uint8Array.of(0, ins, 0, 0));
  return new DataView(answer.buffer, answer.byteOffset).getUint32(0);
}

export function closedReason(link: EchoLink): LinkError {
  check(link.closed.aborted, "closed has to fire when the link ends, whoever ended it");
  const { reason } = link.closed;
  check(reason instanceof LinkError, "closed has to fire with a LinkError as its reason");
  return reason;
}
