import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { CHash } from "@noble/hashes/utils.js";
import type { OtpAlgorithm } from "./algorithm.ts";

/** The hash functions; each knows its `blockLen` and `outputLen` in bytes. */
export const HASHES: Readonly<Record<OtpAlgorithm, CHash>> = {
  SHA1: sha1,
  SHA256: sha256,
  SHA512: sha512,
};

/** The names of the hash functions, the usual one first. */
export const ALGORITHMS: readonly OtpAlgorithm[] = ["SHA1", "SHA256", "SHA512"];
