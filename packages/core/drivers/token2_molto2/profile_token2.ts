import type { Molto2Profile } from "./profile.ts";

const TOOL = "token2/molto2-tools@638688b";

/** The label Token2. Its factory key is published by the maker and meant to be changed by the owner. */
export const molto2Token2Profile: Molto2Profile = {
  schema: 1,
  kind: "token2_molto2",
  name: "token2",
  family: "Token2 multi-profile (Molto2)",
  factoryKey: "544F4B454E324D4F4C544F312D4B4559",
  serialPrefix: "",
  seedMaxBytes: 63,
  models: [
    { model: "Molto2v2", slots: 100, source: TOOL },
    { model: "Molto2", slots: 50, source: TOOL },
  ],
};
