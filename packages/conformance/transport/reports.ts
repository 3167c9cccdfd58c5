import type { FeatureLink, ReportLink } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { check, checkBytes, checkRejects } from "../_check.ts";
import { ECHO } from "../echo/echo_card.ts";
import { echo, ok, PATIENCE_MS } from "./_echo_commands.ts";
import { type TransportCase, withEcho } from "./setup.ts";

const REPORTS = ["report", "feature"] as const;

/** The tag of the reports that are written here by hand. */
const TAG = 255;

function echoReport(...data: readonly number[]): Uint8Array {
  return Uint8Array.of(TAG, ECHO.echo, 0, 0, data.length, ...data);
}

/** How the report begins that answers it. */
function answerTo(...data: readonly number[]): Uint8Array {
  return Uint8Array.of(TAG, 0x90, 0x00, data.length, ...data);
}

/** Both kinds of report, written and read alike. */
function bareReports(link: ReportLink | FeatureLink): {
  write(report: Uint8Array): Promise<void>;
  read(): Promise<Uint8Array>;
} {
  const read = () => link.kind === "report" ? link.receive() : link.get();
  return {
    write: (report) => link.kind === "report" ? link.send(report) : link.set(report),
    // A feature report has another tag as long as the device is busy.
    read: async () => {
      const until = systemTime.now() + PATIENCE_MS;
      for (;;) {
        const report = await read();
        if (report[0] === TAG) return report;
        check(systemTime.now() < until, "a report has to be answered by one with the same tag");
        await systemTime.sleep(5);
      }
    },
  };
}

/** Tier 1: what holds for reports, seen as they are. */
export const reportCases: readonly TransportCase[] = [
  {
    id: "transport/echo/report-size",
    tier: 1,
    kinds: REPORTS,
    title: "a report of another size than reportBytes is filled up with zeros, or refused",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const bare = link.bare as ReportLink | FeatureLink;
        const { write, read } = bareReports(bare);
        check(
          Number.isInteger(bare.reportBytes) && bare.reportBytes > 0,
          "reportBytes has to be the size of a report, without the report id",
        );
        for (const length of [0, bare.reportBytes + 1]) {
          await checkRejects(
            write(new Uint8Array(length)),
            { reasons: ["unsupported"], delivery: "not-sent" },
            `a report of ${length} bytes has to be refused: it would be cut or taken for nothing`,
          );
        }
        checkBytes(
          await link.transceive(echo(1, 2, 3)),
          ok(1, 2, 3),
          "the link has to stay usable",
        );
        await write(echoReport(9, 0, 0).subarray(0, -2));
        const answer = await read();
        check(
          answer.length === bare.reportBytes,
          `a report that is read has to have ${bare.reportBytes} bytes, without the report id`,
        );
        const expected = answerTo(9, 0, 0);
        checkBytes(
          answer.subarray(0, expected.length),
          expected,
          "a short report has to be filled up with zeros",
        );
      }),
  },
  {
    id: "transport/echo/callers-reports",
    tier: 1,
    kinds: REPORTS,
    title: "the caller's report is not changed, and may be wiped as soon as the call was made",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const { write, read } = bareReports(link.bare as ReportLink | FeatureLink);
        const kept = echoReport(1, 2, 3);
        await write(kept);
        checkBytes(
          kept,
          echoReport(1, 2, 3),
          "a report belongs to the caller: it must not be written to",
        );
        const first = await read();
        const wiped = echoReport(4, 5, 6);
        const written = write(wiped);
        wiped.fill(0xff);
        await written;
        const second = await read();
        for (
          const [report, expected, whatToChange] of [
            [
              second,
              answerTo(4, 5, 6),
              "a report has to be copied in the call: callers wipe secrets",
            ],
            [
              first,
              answerTo(1, 2, 3),
              "a report that was read must not be overwritten by the next",
            ],
          ] as const
        ) {
          checkBytes(report.subarray(0, expected.length), expected, whatToChange);
        }
      }),
  },
];
