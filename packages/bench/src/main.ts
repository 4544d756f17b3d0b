// The benchmark: `npm run bench` at the root, `npm run bench -- --help` for its options.
//
// Every contender runs in a process of its own (see worker.ts); they run in turn, round by round (see rounds.ts).
import { contenders } from './contenders/index.ts';
import { machine } from './machine.ts';
import type { Options } from './options.ts';
import { HELP, NO_PEERS, peers, readOptions } from './options.ts';
import { writePages } from './page/write.ts';
import { installPeers, requirePeers } from './peers.ts';
import type { PlannedRace } from './plan.ts';
import type { Race } from './race.ts';
import { formatNotes, formatRace } from './report.ts';
import { race } from './rounds.ts';
import { newSaved, openSaved, withRace, writeSaved } from './saved.ts';

const title = ({ case: name, tokens }: PlannedRace): string => `${name} ${tokens}`;

async function measure({ races, install, rounds, minutes, out, save }: Options): Promise<void> {
  const here = machine();
  // Checked now, so a wrong name fails before hours of measuring.
  if (save !== undefined) openSaved(save, here);
  const withPeers = races.some((planned) => planned.contenders.some((name) => peers.includes(name)));
  if (install) installPeers();
  else if (withPeers) requirePeers();

  const start = performance.now();
  const done: Race[] = [];
  for (const [index, planned] of races.entries()) {
    const minutesUsed = (performance.now() - start) / 60_000;
    if (minutesUsed > minutes) {
      console.log(`Time is up. Not measured: ${races.slice(index).map(title).join(', ')}.`);
      break;
    }
    process.stderr.write(`[${index + 1}/${races.length}, ${minutesUsed.toFixed(1)} min] ${title(planned)} ...\n`);
    const some = contenders.filter(({ name }) => planned.contenders.includes(name));
    const result = await race(some, planned.case, planned.tokens, rounds);
    done.push(result);
    console.log(`${formatRace(result)}\n`);
    // Saved after each race, so nothing is lost if the run ends early.
    if (save !== undefined) writeSaved(save, withRace(openSaved(save, here), result));
  }
  console.log(formatNotes(here, done));
  if (!withPeers) console.log(NO_PEERS);
  writeSaved(out, newSaved(here, done));
  for (const file of [out, save]) if (file !== undefined) console.log(`Written to ${file}`);
  if (done.some(({ measurements }) => measurements.some(({ outcome }) => outcome !== 'timed'))) process.exitCode = 1;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(HELP);
  else if (options === 'page')
    console.log(
      writePages()
        .map((file) => `Written to ${file}`)
        .join('\n'),
    );
  else await measure(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
