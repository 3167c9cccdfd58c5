#!/usr/bin/env node
"use strict";
void import("../dist/main.js").then(({ main }) => main());
