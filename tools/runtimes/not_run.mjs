// @ts-check
/**
 * The tests that a runtime cannot run, and why. They are run all the same: one that has come to pass
 * there is taken off this list, and one that no longer exists too.
 *
 * @module
 */

/** @typedef {"Node 24" | "Deno" | "Bun" | "Chromium"} RuntimeName */

/**
 * @typedef {object} NotRun
 * @property {readonly RuntimeName[]} on
 * @property {string} why what the runtime lacks, for the table in the README
 * @property {Readonly<Record<string, readonly string[]>>} tests names of tests by file
 */

/** @type {readonly NotRun[]} */
export const NOT_RUN = [
  {
    on: ["Deno", "Bun", "Chromium"],
    why: "no OpenSSL with SM4 to compare with",
    tests: {
      "packages/core/crypto/cbc_mac_test.ts": [
        "agrees with OpenSSL: padded when unaligned, and only then",
      ],
      "packages/core/crypto/sm4_test.ts": [
        "Sm4 > agrees with OpenSSL on any key and block, and undoes itself",
        "modes > ECB and CBC agree with OpenSSL on any number of blocks",
      ],
    },
  },
  {
    // Its own code calls a function that is not there (Bun 1.4.5: `isArray` in node:console's table).
    on: ["Bun"],
    why: "`table` of a `node:console` throws, whatever it is given",
    tests: { "packages/core/secret/secret_test.ts": ["a table on the console shows no byte"] },
  },
  {
    on: ["Chromium"],
    why: "no hash of Node's and no oathtool to compare with",
    tests: {
      "packages/core/otp/fold_key_test.ts": [
        "foldSeed > 65 bytes become the digest of the token's own hash",
        "foldSeed > 80 bytes become the digest of the token's own hash",
        "foldSeed > 200 bytes become the digest of the token's own hash",
      ],
      "packages/core/otp/totp_test.ts": [
        "totp > agrees with the reference for any key, hash, length, period and time",
        "totp > agrees with oathtool",
      ],
    },
  },
  {
    on: ["Chromium"],
    why: "no `Buffer` to take a seed from",
    tests: {
      "packages/core/link/apdu_link_test.ts": [
        "what was sent is overwritten > the caller's Node Buffer, whose slice() shares memory is neither kept nor changed",
      ],
      "packages/core/secret/secret_test.ts": [
        "Secret > a Node Buffer too, whose slice() would share the memory",
      ],
    },
  },
  {
    on: ["Chromium"],
    why: "no `node:util` and `node:console` to print a secret with",
    tests: {
      "packages/core/secret/secret_test.ts": [
        "inspect shows no byte",
        "inspect, everything shows no byte",
        "inspect without hooks, as console.dir shows no byte",
        "format %s shows no byte",
        "format %o shows no byte",
        "format %O shows no byte",
        "format %j shows no byte",
        "format %d shows no byte",
        "error message shows no byte",
        "spread shows no byte",
        "structuredClone shows no byte",
        "a table on the console shows no byte",
        "strings, JSON and inspection name the length",
      ],
    },
  },
];
