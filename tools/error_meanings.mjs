// @ts-check
/**
 * What the codes mean whose meaning does not stand at a union type in the sources. tools/error_codes.mjs
 * holds this table against the sources in both directions: a code without a line here fails, and so does
 * a line whose code no source has.
 *
 * @module
 */

/** @type {Readonly<Record<string, string>>} */
export const MEANINGS = {
  "format/aegis": "An export of Aegis has a mistake; `line` and `position` say where.",
  "format/andotp": "A backup of andOTP has a mistake; `line` and `position` say where.",
  "format/cannot-lock":
    "An encrypted file cannot be written: passphrase or key is missing or does not fit.",
  "format/nothing-to-export": "There are no tokens to export.",
  "format/csv": "A CSV file has a mistake, or a spreadsheet damaged a row; `line` says where.",
  "format/google": "An export of Google Authenticator has a mistake, or parts of it are missing.",
  "format/key-needed": "A PSKC file is encrypted with a key that was agreed on; it was not given.",
  "format/passphrase-needed": "A file is encrypted with a passphrase; it was not given.",
  "format/pskc": "A PSKC file has a mistake, or a MAC in it is wrong; `line` says where.",
  "format/too-costly":
    "An encrypted file asks for more work or memory than any known tool writes; nothing was tried.",
  "format/twofas": "A backup of 2FAS has a mistake; `line` and `position` say where.",
  "format/unknown-file": "A file is of no kind that is known, or too large.",
  "format/unusable-account": "An entry of a file holds no seed that a token can use.",
  "format/wrong-key": "The key does not open the PSKC file, or has the wrong length.",
  "format/wrong-passphrase": "The passphrase does not open the file.",
  "format/arguments": "The command line of `otpsmith-simulator` is wrong.",
  "format/base32": "A typed seed is not base32; `position` says where.",
  "format/cut-off-secret": "The text ends in the middle of its secret.",
  "format/file": "A file cannot be read: missing, a folder, not allowed, empty, too large.",
  "format/hex": "A typed seed is not hexadecimal; `position` says where.",
  "format/image": "Not a picture that can be decoded: unknown kind, damaged, too large.",
  "format/no-code": "No QR code that can be trusted was found in the picture or on the screen.",
  "format/no-display": "There is no screen that this process can reach.",
  "format/no-monitor": "There is no monitor of that number.",
  "format/no-window": "No window that is shown has that title or number.",
  "format/screen": "The system cannot capture the screen, or failed to.",
  "format/screen-denied": "The system or a person does not let otpsmith capture the screen.",
  "format/clipboard": "The clipboard is empty, holds something else, or cannot be reached.",
  "format/otpauth": "An otpauth URI has a mistake; `position` says where.",
  "format/profile": "A token profile has a missing, wrong or unknown field.",
  "format/scenario":
    "A scenario file of the simulator has a mistake; the message names place and line.",
  "format/serial": "A serial number does not fit the simulated model.",
  "format/state":
    "The state file of a simulated token is missing, damaged, locked, or another token's.",
  "format/token-spec": "There is no simulated model of that name.",

  "burn/algorithm": "The model does not know the hash function.",
  "burn/cannot-erase": "The token has no command that erases a slot.",
  "burn/clears-seed": "Setting the clock erases the seed on this model, and nobody agreed to that.",
  "burn/clocks-disagree": "The token's clock and the computer's are more than a day apart.",
  "burn/declined": "The person was asked and said no.",
  "burn/digits": "The model does not show codes of that length.",
  "burn/display-off": "The model has no such time for its display.",
  "burn/full": "There are more seeds than free slots.",
  "burn/host-clock": "The computer's clock is before 2026 or after February 2106.",
  "burn/needs-secret": "The token wants its key, password or PIN, and none was given.",
  "burn/no-clock":
    "The token has no clock: it cannot be set, and codes follow the clock of whoever asks for them.",
  "burn/no-such-slot": "The token has no slot of that number.",
  "burn/nothing-to-erase": "The slots that are to be erased are empty.",
  "burn/other-token": "The token on the reader has another serial number than the one named.",
  "burn/period": "The model does not know the time step.",
  "burn/read-only": "How a seed is written into this token is not public.",
  "burn/seed-too-long": "The seed does not fit, and nothing shorter gives the same codes.",
  "burn/seed-too-short": "The seed is shorter than the model wants.",
  "burn/settings-differ": "The token has one set of settings, and the seeds want different ones.",
  "burn/slot-occupied": "The slot holds a seed, and nobody agreed by name to lose it.",
  "burn/slot-twice": "Two seeds want the same slot.",
  "burn/title": "The title is longer than the token keeps, or there is none where one is needed.",
  "burn/touch": "The model cannot be told to want a touch for each code.",
  "burn/unknown-model": "The serial number is in no model table: readable, never written.",
  "burn/which-slot": "The token has several slots, and none was named.",
  "burn/factory-key":
    "The token was shown its factory key: it can be written by whoever knows that, and the maker's is published.",
  "burn/folded-seed":
    "The secret's digest is burned instead of the secret; the codes are the same.",
  "burn/short-seed": "The seed has fewer than 16 bytes.",
  "burn/unsynced-clock": "The clock is left alone although it is more than one time step off.",

  "burn/provider": "The account, or this model, will not work at the provider that was named.",
  "code/refused-entry": "An entry of a file cannot be used; the message says why and where.",
  "code/refused-export":
    "A file for this target would lead to wrong codes or lose tokens; all reasons are in `refusals`.",
  "needs-person/passphrase": "A file is encrypted, and nobody is there to be asked.",
  "usage/passphrase-fd": "The file descriptor for a passphrase cannot be read.",
  "usage/key-file": "The key file is missing or holds no key.",
  "usage/secret-on-terminal": "Secrets would be shown, and nobody said `--reveal`.",
  "usage/file-exists": "The file to be written is there already.",
  "usage/unwritable": "The file cannot be written.",
  "usage/conflicting-option": "Two options exclude each other.",
  "usage/error": "The command line is wrong in some other way.",
  "usage/excess-arguments": "There are more arguments than the command takes.",
  "usage/invalid-argument": "An option's value is not one of those it takes.",
  "usage/missing-argument": "An argument is missing.",
  "usage/missing-mandatory-option-value": "An option that must be given is missing.",
  "usage/option-missing-argument": "An option stands without its value.",
  "usage/unknown-command": "There is no such command.",
  "usage/unknown-option": "There is no such option.",
  "usage/screen-options":
    "An option for the sources `screen`, `window` or `clipboard` stands with another one.",
  "usage/window-and-monitor": "`--monitor` stands with the source `window`.",
  "usage/no-source": "No source was named, and nobody is there to be asked.",
  "usage/settings-of-code":
    "An option contradicts what the code itself says of hash, digits or time step.",
  "usage/listen": "`--listen` stands without `--expose usbip`, which it belongs to.",
  "usage/key-differs": "The new key was typed twice, and not alike.",
  "usage/key-fd": "The file descriptor that a key was to be read from is not open.",
  "usage/key-length": "The key, password or PIN is shorter or longer than the token takes.",
  "usage/key-remove": "This token cannot be without a key.",
  "usage/pick": "`--pick` names a code that is not there or holds no account.",
  "usage/slot": "`--slot` is neither a number nor `next`.",
  "usage/token-without-simulator":
    "`--token` describes a simulated token, but `--simulator` does not stand beside it.",
  "usage/transport": "`--transport` names none that there is, or leaves out on which port it is.",
  "usage/nothing-to-try":
    "`conformance` is given neither a transport nor a simulated token, or both.",
  "usage/tier":
    "`--tier` names no tiers, or tier 4 without the token, and its reader, that it may overwrite.",
  "usage/unknown-case": "`--only` names a case that is not in the kit.",
  "usage/transport-with-simulator":
    "`--transport` and `--simulator` stand in the same command line.",
  "usage/scenario": "`--scenario` cannot be combined with options that describe tokens.",
  "usage/seed-in-arguments":
    "The command line holds something that may be a seed; it is not repeated.",

  "code/none": "The source holds no text at all.",

  "transport/denied": "The system does not let this account use readers.",
  "transport/failed": "Readers cannot be used for another reason, which the message names.",
  "transport/missing-library": "The native part of the transport is not installed.",
  "transport/no-reader": "No reader is connected.",
  "transport/service-down": "The smart-card service does not run.",

  "transport/contract":
    "The module of a transport was written for another contract, or does not say for which.",
  "transport/no-answer":
    "A transport does not come back from being imported, `probe()` or `list()`.",
  "transport/no-export": "The module of a transport does not export one.",
  "transport/not-found": "There is no module at the path that `--transport` names.",
  "transport/throws": "The module of a transport throws when it is imported.",

  "reader/unknown": "No reader has such a name; the message lists those there are.",
  "needs-person/nothing-tried": "Each case needs something that was not named or is not there.",
  "needs-person/key": "A key, password or PIN is wanted, and nobody can be asked.",
  "needs-person/no-token": "Nothing on the reader answers.",
  "needs-person/other-token": "Another token than the one named lies on the reader.",
  "needs-person/same-serial": "Two tokens with the same serial number are there.",
  "needs-person/several-tokens": "Several tokens are there and none was named.",

  "needs-person/show-code": "`--watch` waited in vain for a code on the screen.",
  "needs-person/choose-code": "The source holds several accounts and none was picked.",
  "needs-person/code": "Nobody has read the code on the display yet.",
  "needs-person/touch": "The token waits for its button, and nobody is there.",
  "needs-person/consent": "Nobody has agreed that the token may be overwritten.",

  "journal/unwritable": "The record of burns cannot be written; nothing was sent.",
  "stopped": "Ctrl-C before anything was written.",
  "defect": "A mistake in otpsmith. Please report it.",
  "station/no-page": "The page of the station is not in the package.",
  "station/port": "The port of the station cannot be listened on.",
  "station/reader-taken": "Another station is using that reader.",
};
