import { describeThroughDaemon } from "./testdata/daemon_suite.ts";

describeThroughDaemon("ifd", {});
