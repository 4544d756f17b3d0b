#!/usr/bin/env node
// The executable. What it does is done by program.ts in a process of its own, and this one holds the signals: whatever keeps that
// process busy, Ctrl-C ends it.
import { supervise } from '../cli/process/supervise.ts';

process.exitCode = await supervise(new URL('./program.js', import.meta.url), process.argv.slice(2));
