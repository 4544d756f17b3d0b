// Searches for the problem that uses the largest share of the bound: changes some choices of the worst problem so far, and keeps the worse one.
//   node packages/relbias/test/search.ts <backend> [minutes] [seed]        node ... 'cpu wasm madd' 3
import type { Random } from '@relbias/bias-spec';
import { ParameterError } from '@relbias/bias-spec';
import { seeded } from '@relbias/conformance';
import { drawProblem } from './draw-problem.ts';
import { backendsOf, judgeDrawn } from './drawn/problems.ts';

/** Seeds tried before a search; it starts from the worst. */
const STARTS = 200;
/** Consecutive changes without success after which a new search begins. */
const PATIENCE = 400;

interface Candidate {
  /** The uniform numbers that a problem was drawn from. */
  readonly choices: readonly number[];
  readonly share: number;
  readonly told: string;
}

const [which, minutes = '3', firstSeed = '0'] = process.argv.slice(2);
const backends = await backendsOf([which]);
const end = performance.now() + Number(minutes) * 60_000;

async function measured(source: Random, tensor: 'output' | 'logSumExp'): Promise<Candidate> {
  const choices: number[] = [];
  const drawn = drawProblem(() => {
    const one = source();
    choices.push(one);
    return one;
  });
  const shares = await judgeDrawn(drawn, backends);
  return { choices, share: shares?.[which][tensor] ?? 0, told: drawn.told };
}

/** The same choices except one to three, which are redrawn or nudged; additional choices are drawn. */
function changed(choices: readonly number[], random: Random): Random {
  const next = [...choices];
  for (let count = 1 + Math.floor(3 * random()); count > 0; count--) {
    const at = Math.floor(random() * next.length);
    const nudged = next[at] + (random() - 0.5) * 10 ** (-1 - 4 * random());
    next[at] = random() < 0.5 ? random() : Math.min(Math.max(nudged, 0), 1 - 2 ** -32);
  }
  let index = 0;
  return () => next[index++] ?? random();
}

let seed = Number(firstSeed);
let tried = 0;
while (performance.now() < end) {
  const tensor = seed % 2 === 0 ? 'output' : 'logSumExp';
  const random = seeded(`search ${seed++}`);
  let worst = await measured(random, tensor);
  for (let start = 1; start < STARTS; start++) {
    const other = await measured(random, tensor);
    if (other.share > worst.share) worst = other;
  }
  for (let idle = 0; idle < PATIENCE && performance.now() < end; idle++, tried++) {
    try {
      const other = await measured(changed(worst.choices, random), tensor);
      if (other.share <= worst.share) continue;
      worst = other;
      idle = 0;
    } catch (error) {
      // Planning refuses a bias that a change made exceed float32; a backend beyond the bound ends the search.
      if (!(error instanceof ParameterError)) throw error;
    }
  }
  console.log(
    `${which}: ${tensor} uses ${worst.share.toFixed(3)} of its bound after ${tried} changes: ${worst.told.slice(0, 400)}`,
  );
}
process.exit();
