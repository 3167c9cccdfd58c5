import { describeThroughDaemon } from "./testdata/daemon_suite.ts";

describeThroughDaemon("ifd", { tiers: [0, 1, 2, 3, 4] });
