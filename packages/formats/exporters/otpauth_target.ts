import type { TokenRecord } from "../token_record.ts";
import { lost, note } from "./_rules.ts";
import { Writer } from "./_writer.ts";
import type { Target } from "./target.ts";

/** A list with one `otpauth://` link a line, as QR codes hold them and most apps read them. */
export const otpauth: Target = {
  name: "otpauth links",
  refuse: () => [],
  lose: (records) => [
    lost("A link", ["user", "manufacturer", "model"]),
    ({ serial, account }) =>
      serial === "" || account === "" ? undefined : {
        code: "names-lost",
        message: "A link has no place for the serial number.",
      },
    ...(records.some(({ algorithm }) => algorithm !== "SHA1")
      ? [
        note(
          "algorithm",
          "Some apps pass over the hash in a link and take SHA1: wrong codes there.",
        ),
      ]
      : []),
  ],
  write: (records) => {
    const file = new Writer();
    for (const record of records) writeLink(file, record).text("\n");
    return file.take();
  },
};

/** The `otpauth://` link of a record, as bytes. */
export function linkOf(record: TokenRecord): Uint8Array {
  return writeLink(new Writer(), record).take();
}

function writeLink(file: Writer, record: TokenRecord): Writer {
  const { type, issuer, algorithm, digits, period, counter } = record;
  const account = record.account || record.serial || record.user || issuer || "token";
  const label = (issuer ? `${encodeURIComponent(issuer)}:` : "") + encodeURIComponent(account);
  const moving = type === "totp" ? `&period=${period}` : `&counter=${counter}`;
  return file.text(`otpauth://${type}/${label}?secret=`).base32(record.secret).text(
    `${issuer ? `&issuer=${encodeURIComponent(issuer)}` : ""}` +
      `&algorithm=${algorithm}&digits=${digits}${moving}`,
  );
}
