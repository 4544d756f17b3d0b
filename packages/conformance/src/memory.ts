// The cases that check for state left over between runs: from an earlier run, from another prepared problem, from an aborted or refused run.
// Two problems that differ in one thing are prepared together and run in turn, and each result must be right.
import type { AttentionResult, Backend, FamilyDefinition, PreparedAttention, Tensor } from '@relbias/bias-spec';
import { builtinFamilies, toFloat32 } from '@relbias/bias-spec';
import type { Scenario } from './attention-case.ts';
import { makeScenario } from './attention-case.ts';
import type { Case } from './case.ts';
import { compare, expectationOf } from './compare.ts';
import { parseFactors, splitName } from './grammar.ts';
import type { CaseInputs } from './inputs.ts';
import { inputsOf } from './inputs.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';
import { seeded } from './seeded.ts';

/** The name of the difference, and the two problems as names of attention cases. */
const PAIRS: readonly (readonly [name: string, one: string, other: string])[] = [
  ['nothing', 'attention/alibi:causal', 'attention/alibi:causal'],
  ['mask', 'attention/alibi:causal', 'attention/alibi'],
  ['window', 'attention/t5:left=4', 'attention/t5:left=2;right=3'],
  ['key-lengths', 'attention/none:batch=2;keyLengths=16,5', 'attention/none:batch=2;keyLengths=7,13'],
  ['padding', 'attention/alibi:batch=2', 'attention/alibi:batch=2;keyLengths=7,13'],
  ['segments', 'attention/none:batch=2;segments=packed', 'attention/none:batch=2;segments=padding'],
  ['no-segments', 'attention/alibi:segments=packed', 'attention/alibi'],
  ['table', 'attention/t5', 'attention/alibi'],
  ['family', 'attention/kerple-log:causal', 'attention/kerple-power:causal'],
  ['rows', 'attention/fire:causal', 'attention/fire.past-threshold:causal'],
  ['form', 'attention/fire:causal', 'attention/alibi:causal'],
  ['no-bias', 'attention/t5', 'attention/none'],
  ['start', 'attention/alibi:causal;queryStart=2', 'attention/alibi:causal;queryStart=-3'],
  ['starts', 'attention/none:batch=2;causal;queryStart=2,-1', 'attention/none:batch=2;causal;queryStart=-1,2'],
  ['positions', 'attention/t5:positions=gaps', 'attention/t5:positions=duplicates'],
  ['row-positions', 'attention/fire:causal;positions=gaps', 'attention/fire:causal;positions=duplicates'],
  ['scale', 'attention/none:scale=0.3', 'attention/none:scale=0.9'],
  ['bias-scale', 'attention/alibi:biasScale=-2', 'attention/alibi:biasScale=0.5'],
  ['softcap', 'attention/none:softcap=2', 'attention/none'],
  ['softcaps', 'attention/alibi:softcap=2', 'attention/alibi:softcap=1'],
  ['convention', 'attention/alibi:convention=before-scaling', 'attention/alibi:convention=unscaled'],
  ['groups', 'attention/alibi:heads=6;keyValueHeads=2', 'attention/alibi:heads=6;keyValueHeads=3'],
  ['heads', 'attention/alibi:heads=3', 'attention/alibi:heads=2'],
  ['batch', 'attention/none:batch=3', 'attention/none'],
  ['keys', 'attention/alibi:queries=3;keys=40', 'attention/alibi:queries=3;keys=9'],
  ['queries', 'attention/alibi:queries=21;keys=8', 'attention/alibi:queries=4;keys=8'],
  ['head-dim', 'attention/none:headDim=12', 'attention/none:headDim=5'],
  ['value-dim', 'attention/none:valueDim=12', 'attention/none:valueDim=5'],
  ['factors-of-a-product', 'attention/none:heads=2;queries=6', 'attention/none:heads=6;queries=2'],
  ['hidden-rows', 'attention/none:queries=24;keys=9', 'attention/none:queries=24;keys=9;causal'],
  ['dtypes', 'attention/none:dtype=bfloat16', 'attention/none:dtype=float16'],
];

/** One case for each pair of problems. */
export const memoryCases: readonly Case[] = PAIRS.map(([name, one, other]) => ({
  name: `memory/${name}`,
  family: 'memory',
  judge: (backend) => judgePair(backend, [one, other].map(scenarioOf)),
}));

function scenarioOf(name: string): Scenario {
  const parts = splitName(name);
  const definition = builtinFamilies.find((one) => one.name === parts?.family) as FamilyDefinition;
  const familyCase = definition.cases.find((one) => one.name === parts?.familyCase) ?? definition.cases[0];
  return makeScenario(definition, familyCase, parseFactors(parts?.factors ?? ''), name);
}

/** One prepared problem. */
interface Used {
  readonly which: string;
  readonly scenario: Scenario;
  readonly prepared: PreparedAttention;
}

async function judgePair(backend: Backend, scenarios: readonly Scenario[]): Promise<Verdict> {
  const open: PreparedAttention[] = [];
  const prepare = async (place: number): Promise<Used> => {
    const prepared = await backend.prepare(scenarios[place].problem);
    open.push(prepared);
    return { which: ['one', 'the other'][place], scenario: scenarios[place], prepared };
  };
  try {
    const one = await prepare(0);
    const alone = await answer(one, one.scenario.inputs, 'alone');
    if (alone.status === 'fail') return alone;
    const other = await prepare(1);
    for (const step of STEPS) {
      const verdict = await step(one, other);
      if (verdict.status === 'fail') return verdict;
    }
    one.prepared.dispose();
    const left = await answer(other, other.scenario.inputs, 'after the first was disposed');
    if (left.status === 'fail') return left;
    return await answer(await prepare(0), one.scenario.inputs, 'prepared again');
  } finally {
    for (const prepared of open) prepared.dispose();
  }
}

type Step = (one: Used, other: Used) => Promise<Verdict>;

/** Steps in this order on the same two prepared problems: each leaves state behind that the next must not read. */
const STEPS: readonly Step[] = [
  async (one, other) =>
    firstFailure([
      () => answer(other, other.scenario.inputs, 'with another prepared problem'),
      () => answer(one, one.scenario.inputs, 'after the other ran'),
      () => answer(other, otherInputs(other, ''), 'with other inputs'),
      () => answer(one, otherInputs(one, ''), 'with other inputs'),
    ]),
  // The same arrays with other numbers: a cached copy must not be used.
  async (one) => {
    const inputs = copyOf(one.scenario.inputs);
    const { query, key, value } = otherInputs(one, 'in place');
    const before = await answer(one, inputs, 'with arrays of its own');
    if (before.status === 'fail') return before;
    for (const [into, from] of [
      [inputs.query, query],
      [inputs.key, key],
      [inputs.value, value],
    ]) {
      (into.data as Float32Array).set(from.data);
    }
    return answer(one, widened(inputs), 'with other numbers in the same arrays');
  },
  // One tensor changes at a time.
  async (one) => {
    const next = otherInputs(one, 'one at a time');
    const { query, value } = one.scenario.inputs;
    return firstFailure([
      () => answer(one, one.scenario.inputs, 'again'),
      () => answer(one, widened({ query, key: next.key, value }), 'with other keys'),
      () => answer(one, widened({ query, key: next.key, value: next.value }), 'with other values'),
      () => answer(one, widened({ query: next.query, key: next.key, value: next.value }), 'with another query'),
      () => answer(one, narrow(one.scenario.inputs), 'with keys in half precision after float32'),
      () => answer(one, one.scenario.inputs, 'with float32 after half precision'),
    ]);
  },
  // Two runs of one problem and one of the other at the same time.
  async (one, other) => {
    const [first, second, third] = [one.scenario.inputs, otherInputs(one, 'at once'), other.scenario.inputs];
    const verdicts = await Promise.all([
      answer(one, first, 'at once with another run'),
      answer(other, third, 'at once with two runs of another problem'),
      answer(one, second, 'at once with another run'),
    ]);
    return verdicts.find(({ status }) => status === 'fail') ?? PASS;
  },
  // A run that asks for no log-sum-exp, one that is refused, one that is aborted.
  async (one, other) => {
    const { query, key, value } = otherInputs(one, 'left behind');
    await one.prepared.run(query, key, value);
    const plain = await answer(one, one.scenario.inputs, 'after a run without log-sum-exp');
    if (plain.status === 'fail') return plain;
    await finished(one.prepared.run(query, key, new Float32Array(1)));
    const refused = await both(one, other, 'after a refused run');
    if (refused.status === 'fail') return refused;
    const controller = new AbortController();
    const aborted = finished(one.prepared.run(query, key, value, { signal: controller.signal }));
    controller.abort();
    await aborted;
    return both(one, other, 'after an aborted run');
  },
];

function both(one: Used, other: Used, when: string): Promise<Verdict> {
  return firstFailure([
    () => answer(one, one.scenario.inputs, when),
    () => answer(other, other.scenario.inputs, `${when} of another problem`),
    () => answer(one, one.scenario.inputs, `${when}, again`),
  ]);
}

async function firstFailure(calls: readonly (() => Promise<Verdict>)[]): Promise<Verdict> {
  for (const call of calls) {
    const verdict = await call();
    if (verdict.status === 'fail') return verdict;
  }
  return PASS;
}

/** Waits until a run has resolved or rejected. */
async function finished(run: Promise<AttentionResult>): Promise<void> {
  await Promise.allSettled([run]);
}

/** Runs a problem and compares the result with the oracle. */
async function answer({ which, scenario, prepared }: Used, inputs: CaseInputs, when: string): Promise<Verdict> {
  const { output, logSumExp } = await prepared.run(inputs.query, inputs.key, inputs.value, { logSumExp: true });
  if (logSumExp === undefined) return fail('The log-sum-exp that was asked for is missing.');
  const got = { output: output.data, logSumExp: logSumExp.data };
  const verdict = compare(expectationOf(scenario.plan, inputs.wide), got);
  return verdict.status === 'fail'
    ? { ...verdict, reason: `Of two prepared problems ${which}, ${when}: ${verdict.reason}` }
    : PASS;
}

/** Other inputs for the same problem. */
function otherInputs({ scenario: { plan } }: Used, seed: string): CaseInputs {
  return inputsOf(plan, {}, seeded(`other inputs ${seed}`));
}

function copyOf({ query, key, value }: CaseInputs): CaseInputs {
  const copy = (tensor: Tensor): Tensor => ({ data: toFloat32(tensor).slice(), shape: tensor.shape, dtype: 'float32' });
  return widened({ query: copy(query), key: copy(key), value: copy(value) });
}

function widened(tensors: Pick<CaseInputs, 'query' | 'key' | 'value'>): CaseInputs {
  const { query, key, value } = tensors;
  const wide = { query: toFloat32(query).slice(), key: toFloat32(key).slice(), value: toFloat32(value).slice() };
  return { ...tensors, wide };
}

/** The same inputs with bfloat16 keys. */
function narrow({ query, key, value }: CaseInputs): CaseInputs {
  const bits = new Uint16Array(new Uint32Array(toFloat32(key).slice().buffer).map((word) => word >>> 16));
  return widened({ query, value, key: { data: bits, shape: key.shape, dtype: 'bfloat16' } });
}
