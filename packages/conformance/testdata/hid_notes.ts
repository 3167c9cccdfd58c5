import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { ctaphidPackets } from "@otpsmith/core/ctaphid";
import { nitrokeyPro } from "../../../tests/golden/nitrokey_pro.ts";
import { onlykey } from "../../../tests/golden/onlykey.ts";
import { pinPlus } from "../../../tests/golden/token2_pinplus.ts";
import { yubikeySlots } from "../../../tests/golden/yubikey_slots.ts";
import type { ModelNotes, ModelVector, NotedRefusal } from "../model/setup.ts";
import { keyNotes, pinPlusNotes } from "./security_key_notes.ts";

const report = (hex: string): string => hex.padEnd(128, "0");
const text = (words: string): string => encodeHex(new TextEncoder().encode(words));
/** A report that is a byte short comes no further than the interface. */
const short = (whole: string): NotedRefusal => ({
  sort: "wrong-length",
  name: "a report that is a byte short",
  commands: [whole.slice(0, -2)],
  status: "",
});

const RESET = "000000000000008F";
const first = yubikeySlots.write.reports.slice(0, -1).join("");
/** The same frame for slot 1: the number of the command is not under the checksum. */
const last = yubikeySlots.write.reports.at(-1)!.replace(/^0003/, "0001");
const UNTOUCHED = "0005040301010000";

/** A YubiKey's slots on its keyboard interface, in feature reports: docs/protocols/yubikey_slots.md. */
export const slotHidNotes: ModelNotes = {
  hello: RESET,
  reports: { answer: "00050403..010000" }, // each write moves the sequence number
  refusals: [
    {
      // What is not carried out moves the sequence number of the status no further.
      sort: "unknown-instruction",
      name: "command 02",
      commands: [
        yubikeySlots.empty.reports[0]! + yubikeySlots.empty.reports[1]!.replace("03", "02"),
      ],
      status: UNTOUCHED,
    },
    short(RESET),
    {
      sort: "wrong-order",
      name: "the end of a frame that has not begun",
      commands: [last],
      status: UNTOUCHED,
    },
    {
      sort: "wrong-order",
      name: "a frame that begins anew before its end",
      commands: [first, yubikeySlots.write.reports[0]! + last],
      status: UNTOUCHED,
    },
  ],
  vectors: [{
    name: "a slot that answers challenges, the first one",
    source: yubikeySlots.origin,
    exchanges: [[first, UNTOUCHED], [last, "0005040302010000"]],
    seed: yubikeySlots.seed,
  }],
};

/** "Busy" first, then the answer: both name the command and its checksum. */
const nitrokeyAnswer = (command: string, status: string): string => {
  const [code, crc] = [command.slice(0, 2), command.slice(-8)];
  return `01${code}${crc}`.padEnd(128, ".") + `00${code}${crc}${status}`;
};
/** Their checksums were computed with an independent script, as those of the golden reports. */
const NITROKEY = {
  unknown: report("55").slice(0, -8) + "F224D06B",
  wrongPin: nitrokeyPro.authenticate.replace("3738", "3739").slice(0, -8) + "BAF0F70E",
} as const;

/** Nitrokey Pro and Storage, in feature reports: docs/protocols/nitrokey.md. */
export const nitrokeyNotes: ModelNotes = {
  hello: nitrokeyPro.status,
  reports: { answer: nitrokeyAnswer(nitrokeyPro.status, "00") },
  refusals: [
    {
      sort: "unknown-instruction",
      name: "command 55",
      commands: [NITROKEY.unknown],
      status: nitrokeyAnswer(NITROKEY.unknown, "09"),
    },
    short(nitrokeyPro.status),
    {
      sort: "wrong-order",
      name: "a slot before its name",
      commands: [nitrokeyPro.authenticate, nitrokeyPro.writeSlot],
      status: nitrokeyAnswer(nitrokeyPro.writeSlot, "07"),
    },
    ...(["name", "seedPart", "writeSlot"] as const).map((name): NotedRefusal => ({
      sort: "not-authenticated",
      name,
      commands: [nitrokeyPro[name]],
      status: nitrokeyAnswer(nitrokeyPro[name], "05"),
    })),
    {
      sort: "not-authenticated",
      name: "a name after a wrong PIN",
      commands: [NITROKEY.wrongPin, nitrokeyPro.name],
      status: nitrokeyAnswer(nitrokeyPro.name, "05"),
    },
  ],
  vectors: [{
    name: "a slot",
    source: "tests/golden/nitrokey_pro.ts",
    exchanges: (["authenticate", "name", "seedPart", "writeSlot"] as const)
      .map((name) => [nitrokeyPro[name], nitrokeyAnswer(nitrokeyPro[name], "00")] as const),
    seed: nitrokeyPro.seed,
  }],
};

const NONCE = "0102030405060708";
const INIT = report(`FFFFFFFF860008${NONCE}`);
/** The first channel that is given away. */
const CHANNEL = 1;
const opened = [INIT, `FFFFFFFF860011${NONCE}00000001`] as const;

/** A command in packets of the channel. */
const packets = (command: number, apdu: string): string =>
  ctaphidPackets(decodeHex(apdu), { channel: CHANNEL, command }).map(encodeHex).join("");

/** What every CTAPHID interface does; docs/protocols/nitrokey.md and token2_pinplus.md name the specification. */
const ctaphidRefusals = (command: number): readonly NotedRefusal[] => [
  {
    sort: "unknown-instruction",
    name: "a vendor command that there is not",
    commands: [INIT, packets(0xff, "00")],
    status: "00000001BF000101",
  },
  short(INIT),
  {
    sort: "wrong-length",
    name: "a message that is too long",
    commands: [INIT, report(`00000001${command.toString(16)}FFFF`)],
    status: "00000001BF000103",
  },
  {
    sort: "wrong-order",
    name: "a command on a channel that nobody has opened",
    commands: [packets(command, "00A10000")],
    status: "00000001BF00010B",
  },
  {
    sort: "wrong-order",
    name: "the third packet after the first",
    commands: [INIT, report(`00000001${command.toString(16)}0100`) + report("0000000101")],
    status: "00000001BF000104",
  },
];

const SECRETS = 0xf0;
/** Without Le, and without a length where there is no data. */
const bare = (apdu: string): string => apdu.length === 10 ? apdu.slice(0, 8) : apdu;
const card = keyNotes["nitrokey3"]!;

/** The answer of the Secrets application: status word first. */
const secretsAnswer = (status: string): string => `00000001F0....${status}`;

/** The Secrets application of a Nitrokey 3 over CTAPHID: as over PC/SC, selected without being asked. */
export const secretsHidNotes: ModelNotes = {
  hello: INIT,
  reports: { answer: `FFFFFFFF860011${NONCE}` },
  refusals: [
    ...ctaphidRefusals(SECRETS),
    ...card.refusals.filter(({ sort }) => sort !== "wrong-order").map((refusal) => ({
      ...refusal,
      commands: [INIT, ...refusal.commands.map((apdu) => packets(SECRETS, bare(apdu)))],
      status: secretsAnswer(refusal.status),
    })),
  ],
  vectors: card.vectors!.map(({ exchanges, ...vector }): ModelVector => ({
    ...vector,
    exchanges: [
      opened,
      ...exchanges.slice(1).flatMap(([apdu]) => inPackets(packets(SECRETS, bare(apdu)))),
    ],
  })),
};

/** All but the last report of a command is answered by nothing. */
function inPackets(
  whole: string,
  answer: string = secretsAnswer("9000"),
): readonly (readonly [string, string])[] {
  const [before, end] = [whole.slice(0, -128), whole.slice(-128)];
  return [...(before === "" ? [] : [[before, ""] as const]), [end, answer]];
}

/** Frames of 61 bytes that begin with 21 and are numbered. */
const frames = (apdu: string): string =>
  (apdu.match(/.{1,122}/g) ?? []).map((part, index, { length }) => {
    const flags = (index + 1 < length ? 0x20 : 0) | index;
    return report(encodeHex(Uint8Array.of(0x21, flags, part.length / 2)) + part);
  }).join("");
const frameAnswer = (status: string): string => `210002${status}`;
const SERIAL = frames(pinPlus.serial);

/** A Token2 key, in frames: in output and input reports, or in feature reports. */
export const framedNotes: ModelNotes = {
  hello: SERIAL,
  reports: { answer: "21" },
  refusals: [
    {
      sort: "unknown-class",
      name: "class 84",
      commands: [frames("84C5010000")],
      status: frameAnswer("6E00"),
    },
    {
      sort: "unknown-instruction",
      name: "selecting the application, which is selected",
      commands: [frames(pinPlus.select)],
      status: frameAnswer("6D00"),
    },
    short(SERIAL),
    {
      sort: "wrong-length",
      name: "a frame that says that it is longer than it is",
      commands: [report("21003E")],
      status: "",
    },
    {
      sort: "wrong-order",
      name: "the second frame before the first",
      commands: [pinPlus.frames.write[1]!],
      status: "",
    },
    ...pinPlusNotes.refusals
      .filter(({ sort, commands }) => sort !== "unknown-class" && commands.length > 1)
      .filter(({ sort, name }) => sort !== "unknown-instruction" && name !== "three bytes")
      .map((refusal) => ({
        ...refusal,
        commands: refusal.commands.slice(1).map(frames),
        status: frameAnswer(refusal.status),
      })),
  ],
  vectors: [{
    name: "entry Acme:alice",
    source: pinPlus.origin,
    exchanges: [
      [pinPlus.frames.publicKey.join(""), frames(`${pinPlus.device.public}9000`)],
      [frames(pinPlus.eraseAll), frameAnswer("9000")],
      [pinPlus.frames.write[0]!, ""],
      [pinPlus.frames.write[1]!, frameAnswer("9000")],
    ],
    seed: pinPlus.seed,
  }],
};

const TUNNEL = 0xc1;
/** The golden packets, on the channel that is given away first. */
const onChannel = (golden: readonly string[]): string =>
  golden.map((packet) => `00000001${packet.slice(8)}`).join("");

/** A Token2 key over vendor command 41 of CTAPHID; answers of the OTP application begin with 00. */
export const tunnelledNotes: ModelNotes = {
  hello: INIT,
  reports: { answer: `FFFFFFFF860011${NONCE}` },
  refusals: [
    ...ctaphidRefusals(TUNNEL),
    {
      sort: "unknown-instruction",
      name: "80 EE",
      commands: [INIT, packets(TUNNEL, "80EE0000")],
      status: "00000001C1....6D00",
    },
    {
      sort: "wrong-length",
      name: "a blob of half a block",
      commands: [INIT, packets(TUNNEL, `80C5050248${pinPlus.host.public}${"00".repeat(8)}`)],
      status: "00000001C1....006700",
    },
    {
      sort: "unknown-class",
      name: "class 84",
      commands: [INIT, packets(TUNNEL, "84C5010000")],
      status: "00000001C1....006E00",
    },
  ],
  vectors: [{
    name: "entry Acme:alice",
    source: pinPlus.origin,
    exchanges: [
      opened,
      [onChannel(pinPlus.ctaphid.publicKey), onChannel(pinPlus.ctaphid.publicKeyAnswer)],
      [packets(TUNNEL, pinPlus.eraseAll), "00000001C10003009000"],
      [onChannel(pinPlus.ctaphid.write.slice(0, -1)), ""],
      [onChannel(pinPlus.ctaphid.write.slice(-1)), "00000001C10003009000"],
    ],
    seed: pinPlus.seed,
  }],
};

const LABELS = report("FFFFFFFFE5");
const NOT_CONFIGURED = text("Error not in config mode");

/** An OnlyKey that is ready to be written: docs/protocols/onlykey.md. */
export const onlykeyNotes: ModelNotes = {
  hello: LABELS,
  reports: { answer: "017C" },
  refusals: [
    {
      sort: "unknown-instruction",
      name: "a field of a slot that there is not",
      commands: [report("FFFFFFFFE60133")],
      status: text("Error"),
    },
    {
      sort: "unknown-instruction",
      name: "a message that there is not",
      commands: [report("FFFFFFFFAA")],
      status: "",
    },
    short(LABELS),
  ],
  vectors: [
    {
      name: "the seed of slot 1",
      source: "tests/golden/onlykey.ts",
      exchanges: [[onlykey.seedOfSlot1, report(text("Successfully set TOTP Key"))]],
      seed: onlykey.seed,
    },
    {
      name: "the type of its codes",
      source: "tests/golden/onlykey.ts",
      exchanges: [[onlykey.codeType, report(text("Successfully set 2FA Type"))]],
    },
    {
      name: "the clock",
      source: "tests/golden/onlykey.ts",
      exchanges: [[onlykey.setTime, text("UNLOCKED")]],
    },
  ],
};

/** One that is unlocked and not in configuration mode. */
export const onlykeyInUseNotes: ModelNotes = {
  ...onlykeyNotes,
  refusals: [
    {
      sort: "not-authenticated",
      name: "a seed",
      commands: [onlykey.seedOfSlot1],
      status: NOT_CONFIGURED,
    },
    {
      sort: "not-authenticated",
      name: "wiping a slot",
      commands: [report("FFFFFFFFE701")],
      status: NOT_CONFIGURED,
    },
  ],
};
