/** The report in an array of the link's own, filled up with zeros; or why it cannot be sent. */
export function paddedReport(report: Uint8Array, reportBytes: number): Uint8Array | string {
  const { length } = report;
  if (length < 1) return "a report has at least 1 byte, this one has 0";
  if (length > reportBytes) {
    return `it takes reports of ${reportBytes} bytes, this one has ${length}`;
  }
  const bytes = new Uint8Array(reportBytes);
  bytes.set(report);
  return bytes;
}

/** Lets a report through that has something in it: some systems say "nothing" for "the device is gone". */
export function checkReport(report: Uint8Array): Uint8Array {
  if (report.length > 0) return report;
  throw new Error("report of 0 bytes");
}
