import type { TokenProfile } from "./profile.ts";

const FIRMWARE = "token2/openT2OTP@612317a and token2/t2nfc_burner@c0df7db";

/**
 * The tokens that Token2 sells. The key is the same for all of them and published by the maker: it
 * protects nothing, anybody with a reader can write these tokens.
 */
export const token2Profile: TokenProfile = {
  schema: 1,
  name: "token2",
  family: "Token2 single-profile (2nd generation)",
  key: "8AD206883CA369482AB27182B6E83224",
  access: "published-key",
  seedMaxBytes: 63,
  models: [
    { prefix: "8659612", model: "OTPC-P1-i", clockWrite: "keeps-seeds", source: FIRMWARE },
    { prefix: "8659622", model: "OTPC-P2-i", clockWrite: "clears-seeds", source: FIRMWARE },
    { prefix: "8659621", model: "OTPC-P2-i-NB", clockWrite: "clears-seeds", source: FIRMWARE },
    { prefix: "8659600", model: "miniOTP-2-i", clockWrite: "keeps-seeds", source: FIRMWARE },
    { prefix: "8659601", model: "miniOTP-3-i", clockWrite: "clears-seeds", source: FIRMWARE },
    { prefix: "8659609", model: "miniOTP-3-i-NB", clockWrite: "clears-seeds", source: FIRMWARE },
    { prefix: "8659610", model: "C301-i", clockWrite: "clears-seeds", source: FIRMWARE },
    { prefix: "8659632", model: "C302-i", clockWrite: "keeps-seeds", source: FIRMWARE },
  ],
};
