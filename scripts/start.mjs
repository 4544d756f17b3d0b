// `npm start`: sets up a fresh clone, builds, and runs the tour of the command-line program.
import { runRelbias } from './relbias.mjs';
import { runMain } from './setup.mjs';

await runMain(() => runRelbias(['tour', ...process.argv.slice(2)], 'wanted'));
