import { describe, it } from "vitest";
import { describeModel } from "../describe_cases.ts";
import { modelSetup } from "../testdata/broken_models.ts";

describeModel({ describe, it }, { name: "token2-single:C302-i", setup: modelSetup });
