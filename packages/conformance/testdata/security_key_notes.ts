import { pinPlus } from "../../../tests/golden/token2_pinplus.ts";
import { ykoath } from "../../../tests/golden/ykoath.ts";
import { yubikeySlots } from "../../../tests/golden/yubikey_slots.ts";
import type { ModelNotes, NotedRefusal } from "../model/setup.ts";

const SELECT = ykoath.selectOath;
const [rfc] = ykoath.put;
/** Erases the entry that the tokens under test are delivered with: docs/protocols/ykoath.md, DELETE. */
const ERASE_DELIVERED = "000200000B710964656C697665726564";
const PIN = "00B4000008800631323334" + "3536";

/** What each key says when it is selected: version and, but for the Nitrokey 3, its id. */
const SELECTED: Readonly<Record<string, string>> = {
  "yubikey5": "7903050403" + "71080102030405060708",
  "canokey": "7903060000" + "71080102030405060708",
  "nitrokey3": "7903040D00" + "8F0400000001",
};
/** What needs a session says so; the Nitrokey 3 protects no entry that has not asked for it. */
const NOT_AUTHENTICATED: readonly NotedRefusal[] = [
  {
    sort: "not-authenticated",
    name: "an entry, after a password was set",
    commands: [SELECT, ykoath.setCode.apdu, SELECT, rfc!.apdu],
    status: "6982",
  },
  {
    sort: "not-authenticated",
    name: "the list, after a wrong password",
    commands: [
      SELECT,
      ykoath.setCode.apdu,
      SELECT,
      "00A3000020" + "7514" + "00".repeat(20) + "7408" + "00".repeat(8),
      ykoath.list,
    ],
    status: "6982",
  },
];

function notesOf(model: string): ModelNotes {
  const nitrokey = model === "nitrokey3";
  return {
    hello: SELECT,
    refusals: [
      { sort: "unknown-class", name: "class 84", commands: [SELECT, "84A10000"], status: "6E00" },
      {
        sort: "unknown-instruction",
        name: "00 EE",
        commands: [SELECT, "00EE0000"],
        status: "6D00",
      },
      { sort: "wrong-length", name: "three bytes", commands: [SELECT, "00A100"], status: "6700" },
      {
        sort: "wrong-length",
        name: "cut data",
        commands: [SELECT, rfc!.apdu.slice(0, -2)],
        status: "6700",
      },
      {
        sort: "wrong-length",
        name: "a key without a seed",
        commands: [SELECT, "000100000A" + "7104" + "61626364" + "7302" + "2106"],
        status: "6A80",
      },
      {
        sort: "wrong-length",
        name: "a tag that goes beyond the end",
        commands: [SELECT, "0001000003" + "71FF" + "61"],
        status: "6A80",
      },
      {
        sort: "wrong-order",
        name: "an entry before the application is selected",
        commands: [rfc!.apdu],
        status: "6D00",
      },
      ...(nitrokey
        ? [
          {
            sort: "not-authenticated",
            name: "a PIN over a PIN",
            commands: [SELECT, PIN, PIN],
            status: "6985",
          } as const,
        ]
        : NOT_AUTHENTICATED),
    ],
    vectors: ykoath.put.filter(({ type, touch }) => type === "totp" && !touch)
      .map(({ name, seed, apdu }) => ({
        name: `entry ${name}`,
        source: ykoath.origin,
        exchanges: [
          [SELECT, `${SELECTED[model]}9000`],
          [ERASE_DELIVERED, "9000"],
          [apdu, "9000"],
        ] as const,
        seed,
      })),
  };
}

/** The token's side of the OATH application: what docs/protocols/ykoath.md and nitrokey.md promise. */
export const keyNotes: Readonly<Record<string, ModelNotes>> = {
  "yubikey5": notesOf("yubikey5"),
  "canokey": notesOf("canokey"),
  "nitrokey3": notesOf("nitrokey3"),
};

const SELECT_SLOTS = "00A4040007A0000005272001";
const { write, origin } = yubikeySlots;

/** The token's side of a YubiKey's OTP slots: what docs/protocols/yubikey_slots.md promises. */
export const slotNotes: ModelNotes = {
  hello: SELECT_SLOTS,
  refusals: [
    { sort: "unknown-class", name: "class 80", commands: ["8001100000"], status: "6E00" },
    {
      sort: "unknown-instruction",
      name: "00 02",
      commands: [SELECT_SLOTS, "00020000"],
      status: "6D00",
    },
    { sort: "wrong-length", name: "three bytes", commands: ["000110"], status: "6700" },
    {
      // What is not carried out is answered with the status, which has not moved.
      sort: "wrong-length",
      name: "a record that is a byte short",
      commands: [SELECT_SLOTS, "0001010039" + "00".repeat(57)],
      status: "0504030101009000",
    },
    {
      sort: "wrong-order",
      name: "a serial number before the application is selected",
      commands: ["0001100000"],
      status: "6D00",
    },
  ],
  vectors: [{
    name: "a slot that answers challenges, the first one",
    source: origin,
    exchanges: [
      [SELECT_SLOTS, "0504030101009000"],
      [write.apdu.replace(/^000103/, "000101"), "0504030201009000"],
    ],
    seed: yubikeySlots.seed,
  }],
};

const { session } = pinPlus;
const PIN_PLUS_HELLO = pinPlus.select;

/** The token's side of the OTP application of a Token2 key: what docs/protocols/token2_pinplus.md promises. */
export const pinPlusNotes: ModelNotes = {
  hello: PIN_PLUS_HELLO,
  refusals: [
    {
      sort: "unknown-class",
      name: "class 84",
      commands: [PIN_PLUS_HELLO, "84C5010000"],
      status: "6E00",
    },
    {
      sort: "unknown-instruction",
      name: "80 EE",
      commands: [PIN_PLUS_HELLO, "80EE0000"],
      status: "6D00",
    },
    {
      sort: "wrong-length",
      name: "three bytes",
      commands: [PIN_PLUS_HELLO, "80C505"],
      status: "6700",
    },
    {
      sort: "wrong-length",
      name: "cut data",
      commands: [PIN_PLUS_HELLO, pinPlus.write.slice(0, -2)],
      status: "6700",
    },
    {
      sort: "wrong-length",
      name: "a blob of half a block",
      commands: [PIN_PLUS_HELLO, `80C5050248${pinPlus.host.public}${"00".repeat(8)}`],
      status: "6700",
    },
    {
      sort: "wrong-length",
      name: "a list without a time",
      commands: [PIN_PLUS_HELLO, "80C505000103"],
      status: "6700",
    },
    {
      sort: "wrong-order",
      name: "an entry before the application is selected",
      commands: [pinPlus.write],
      status: "6D00",
    },
    {
      sort: "wrong-order",
      name: "a PIN before keys were agreed on",
      commands: [PIN_PLUS_HELLO, session.set],
      status: "6985",
    },
    {
      sort: "not-authenticated",
      name: "the list, after a PIN was set",
      commands: [PIN_PLUS_HELLO, session.agree, session.set, pinPlus.readAll.apdu],
      status: "6985",
    },
    {
      sort: "not-authenticated",
      name: "an entry, after a PIN was set",
      commands: [PIN_PLUS_HELLO, session.agree, session.set, session.write],
      status: "6985",
    },
  ],
  vectors: [{
    name: "entry Acme:alice",
    source: pinPlus.origin,
    exchanges: [
      [PIN_PLUS_HELLO, "9000"],
      [pinPlus.publicKey, `${pinPlus.device.public}9000`],
      [pinPlus.eraseAll, "9000"],
      [pinPlus.write, "9000"],
    ],
    seed: pinPlus.seed,
  }],
};
