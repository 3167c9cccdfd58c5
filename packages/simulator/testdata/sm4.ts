import { createCipheriv, getCiphers } from "node:crypto";
import { cbcMac, encryptEcb, Sm4 } from "@otpsmith/core/crypto";

/** What a host needs of SM4, for whole blocks. */
interface HostCipher {
  seal(key: Uint8Array, blocks: Uint8Array): Uint8Array;
  mac(key: Uint8Array, blocks: Uint8Array): Uint8Array;
}

/** OpenSSL's, so that no code of ours checks itself. */
const openssl: HostCipher = {
  seal: (key, blocks) => createCipheriv("sm4-ecb", key, null).setAutoPadding(false).update(blocks),
  mac(key, blocks) {
    const cbc = createCipheriv("sm4-cbc", key, new Uint8Array(16)).setAutoPadding(false);
    return cbc.update(blocks).subarray(-16, -12);
  },
};

/** Ours, which the tests of core hold against OpenSSL's. */
const own: HostCipher = {
  seal: (key, blocks) => encryptEcb(new Sm4(key), blocks),
  mac: (key, blocks) => cbcMac(new Sm4(key), blocks),
};

/** OpenSSL's on Node: what Deno and Bun have in its place knows no SM4. */
export const sm4: HostCipher = getCiphers().includes("sm4-cbc") ? openssl : own;
