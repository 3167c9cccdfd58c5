import { concatBytes } from "@otpsmith/core/bytes";
import { check, checkBytes, checkRejects } from "../_check.ts";
import { ECHO, measurement } from "../echo/echo_card.ts";
import { echo, ok } from "./_echo_commands.ts";
import { type TransportCase, withCard } from "./setup.ts";

/** Class, instruction, P1, P2, 00 and two bytes of length: ISO 7816-4, extended form. */
const EXTENDED_HEADER = 7;

/** Tier 1: the longest and the shortest that goes through. */
export const lengthCases: readonly TransportCase[] = [
  {
    id: "transport/echo/longest-command",
    tier: 1,
    kinds: ["apdu"],
    title: "a command as long as limits.command says goes through",
    needs: ["echo"],
    run: (setup) =>
      withCard(setup, async (link) => {
        const { command } = link.limits;
        check(command >= 261, "limits.command has to allow short commands: 261 bytes");
        const short = Uint8Array.from({ length: 255 }, (_, index) => 255 - index);
        checkBytes(
          await link.transceive(Uint8Array.of(0, ECHO.measure, 0, 0, short.length, ...short, 0)),
          ok(...measurement(short)),
          "long commands must arrive whole",
        );
        if (command < EXTENDED_HEADER + 256) return;
        const length = Math.min(command - EXTENDED_HEADER, 0xffff);
        const data = Uint8Array.from({ length }, (_, index) => index * 7);
        const header = Uint8Array.of(0, ECHO.measure, 0, 0, 0, length >> 8, length & 0xff);
        checkBytes(
          await link.transceive(concatBytes([header, data])),
          ok(...measurement(data)),
          `limits.command is ${command}: so long a command must arrive whole, or it has to say less`,
        );
      }),
  },
  {
    id: "transport/echo/too-long",
    tier: 1,
    kinds: ["apdu"],
    title: "a command longer than limits.command is refused before it is sent",
    needs: ["echo"],
    run: (setup) =>
      withCard(setup, async (link) => {
        const command = new Uint8Array(link.limits.command + 1);
        command.set(echo(1));
        await checkRejects(
          link.transceive(command),
          { reasons: ["unsupported"], delivery: "not-sent" },
          "a command that is too long has to be refused",
        );
        checkBytes(await link.transceive(echo(2)), ok(2), "the link has to stay usable");
      }),
  },
  {
    id: "transport/echo/too-short",
    tier: 1,
    kinds: ["apdu"],
    title: "a command under 4 bytes is refused before it is sent",
    needs: ["echo"],
    run: (setup) =>
      withCard(setup, async (link) => {
        for (const length of [0, 1, 3]) {
          await checkRejects(
            link.transceive(new Uint8Array(length)),
            { reasons: ["unsupported"], delivery: "not-sent" },
            `a command of ${length} bytes has to be refused: some drivers hang on it`,
          );
        }
        checkBytes(await link.transceive(echo(1)), ok(1), "the link has to stay usable");
      }),
  },
  {
    id: "transport/echo/longest-answer",
    tier: 1,
    kinds: ["apdu"],
    title: "an answer of 256 bytes and its status word comes whole",
    needs: ["echo", "longest-answer"],
    run: (setup) =>
      withCard(setup, async (link) => {
        check(link.limits.response >= 258, "limits.response has to allow 258 bytes");
        const data = Array.from({ length: 256 }, (_, index) => index);
        const command = Uint8Array.of(0, ECHO.fill, 1, 0, 0);
        checkBytes(await link.transceive(command), ok(...data), "long answers must come whole");
      }),
  },
];
