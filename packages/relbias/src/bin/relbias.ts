#!/usr/bin/env node
// The executable. The work is done by program.ts in a child process, and this process handles signals: Ctrl-C ends the child even where a
// loop blocks its thread.
import { supervise } from '../cli/process/supervise.ts';

process.exitCode = await supervise(new URL('./program.js', import.meta.url), process.argv.slice(2));
