// Runs one attention case on a backend: prepare, run, check the contract, compare with the oracle, run again.
import type {
  AttentionPlan,
  AttentionProblem,
  AttentionResult,
  Backend,
  FamilyCase,
  FamilyDefinition,
  PreparedAttention,
  Tensor,
} from '@relbias/bias-spec';
import { planAttention, shapesOf } from '@relbias/bias-spec';
import { elementCount, show } from '@relbias/bias-spec/backend';
import type { Case, Expected } from './case.ts';
import type { Expectation, Limit } from './compare.ts';
import { compare, expectationOf } from './compare.ts';
import { biasOf, underFamily } from './families.ts';
import type { Factors } from './grammar.ts';
import { CONTROL, formatFactors } from './grammar.ts';
import type { CaseInputs } from './inputs.ts';
import { inputsOf, missingHere } from './inputs.ts';
import type { BiasForm } from './lowered-value.ts';
import { formOf } from './lowered-value.ts';
import type { Verdict } from './result.ts';
import { fail, notRun } from './result.ts';
import { problemOf } from './scenario.ts';
import { seeded } from './seeded.ts';

/** Everything of a case except the backend. */
export interface Scenario {
  readonly problem: AttentionProblem;
  readonly plan: AttentionPlan;
  readonly inputs: CaseInputs;
  /** What the oracle answers, with budgets: the statistical limit for random inputs, the bound for inputs that are all the same. */
  readonly expectation: () => Expectation;
}

/** A scenario around a problem and its inputs. */
export function scenarioFor(problem: AttentionProblem, plan: AttentionPlan, inputs: CaseInputs, limit: Limit): Scenario {
  return { problem, plan, inputs, expectation: () => expectationOf(plan, inputs.wide, limit) };
}

export function attentionCase(definition: FamilyDefinition, familyCase: FamilyCase, given: Factors): Case {
  const factors = fitted(familyCase, given);
  const name = `attention/${nameOf(definition, familyCase, factors)}`;
  return {
    name,
    family: definition.name,
    async judge(backend, { expected }) {
      const missing = missingHere(factors);
      if (missing !== null) return notRun(missing);
      return judgeScenario(backend, makeScenario(definition, familyCase, factors, name), expected);
    },
  };
}

/** The part of a case's name after `attention/` or `bits/`. */
export function nameOf(definition: FamilyDefinition, familyCase: FamilyCase, factors: Factors): string {
  const first = definition.cases[0] === familyCase ? '' : `.${familyCase.name}`;
  const text = formatFactors(factors);
  return `${definition.name}${first}${text === '' ? '' : `:${text}`}`;
}

/** The factors with the head and token counts that a family case requires. */
export function fitted({ heads, tokens }: FamilyCase, factors: Factors): Factors {
  const given = factors.heads ?? CONTROL.heads;
  const needed = heads === undefined || heads.includes(given) ? given : heads[0];
  const { keyValueHeads, ...ungrouped } = factors;
  return {
    // Leave keyValueHeads out if it does not divide the required heads.
    ...(keyValueHeads === undefined || needed % keyValueHeads === 0 ? factors : ungrouped),
    ...(needed === given ? {} : { heads: needed }),
    ...(tokens === undefined ? {} : { queries: tokens, keys: tokens }),
  };
}

/** The form that a family case lowers to at the control shape. */
export function controlForm(definition: FamilyDefinition, familyCase: FamilyCase): BiasForm {
  return formOf(makeScenario(definition, familyCase, fitted(familyCase, {}), '').plan);
}

/** The problem and inputs of a case; its name seeds the inputs. */
export function makeScenario(definition: FamilyDefinition, familyCase: FamilyCase, factors: Factors, name: string): Scenario {
  // The bias is the same in every case of a family: one deviation changes one thing.
  const bias = biasOf(definition, familyCase, factors.heads ?? CONTROL.heads, seeded(`${definition.name}.${familyCase.name}`));
  const problem = problemOf(factors, bias, familyCase.distances ?? []);
  const plan = underFamily(definition, familyCase, 'planning a problem with its bias', () => planAttention(problem));
  const limit = factors.data === undefined ? 'statistical' : 'bound';
  const scenario = scenarioFor(problem, plan, inputsOf(plan, factors, seeded(name)), limit);
  return { ...scenario, expectation: () => underFamily(definition, familyCase, 'the oracle on its bias', scenario.expectation) };
}

/** Runs a scenario on a backend and judges the result. */
export async function judgeScenario(backend: Backend, scenario: Scenario, expected?: Expected): Promise<Verdict> {
  const { problem, plan, inputs } = scenario;
  const before = snapshot(inputs);
  const prepared = await backend.prepare(problem);
  try {
    const first = await prepared.run(inputs.query, inputs.key, inputs.value, { logSumExp: true });
    const broken = violation(first, plan, inputs, backend, expected);
    if (broken !== null) return fail(broken);
    const { output, logSumExp } = first;
    if (logSumExp === undefined) return fail('The log-sum-exp that was asked for is missing.');
    const expectation = scenario.expectation();
    const verdict = compare(expectation, { output: output.data, logSumExp: logSumExp.data });
    if (verdict.status === 'fail') return verdict;
    return (await wrongAgain(prepared, inputs, first, before, expectation)) ?? verdict;
  } finally {
    prepared.dispose();
  }
}

/**
 * Judges a second run; null where it is right. All inputs are negated in place, which keeps every logit and negates every output. A backend that
 * keeps something of the run before, or recognises inputs by their arrays, returns the old numbers. Arithmetic that rounds symmetrically
 * around 0 gives the same bits, so no further run is needed.
 */
async function wrongAgain(
  prepared: PreparedAttention,
  inputs: CaseInputs,
  first: AttentionResult,
  before: readonly Uint8Array[],
  expectation: Expectation,
): Promise<Verdict | null> {
  const changed = (): boolean => !snapshot(inputs).every((bits, index) => sameBytes(bits, before[index]));
  const run = (): Promise<AttentionResult> => prepared.run(inputs.query, inputs.key, inputs.value, { logSumExp: true });
  if (changed()) return fail('The run changed its inputs.');
  negateInputs(inputs);
  const second = await run();
  negateInputs(inputs);
  if (changed()) return fail('The run changed its inputs.');
  if (second.logSumExp === undefined) return fail('The log-sum-exp that was asked for is missing.');
  const negated = { output: second.output.data.map((one) => -one), logSumExp: second.logSumExp.data };
  const same =
    first.output.data.every((one, index) => one === negated.output[index]) && sameBits(second.logSumExp, first.logSumExp);
  if (same && second.output.data.length === first.output.data.length) return null;
  for (let round = 0; round < 2; round++) {
    const again = await run();
    if (!sameBits(first.output, again.output) || first.logSumExp === undefined || !sameBits(first.logSumExp, again.logSumExp)) {
      return fail('A second run on the same inputs gave other bits.');
    }
  }
  const verdict = compare(expectation, negated);
  return verdict.status === 'pass' ? null : { ...verdict, reason: `With all inputs negated: ${verdict.reason}` };
}

/** Negates every number in place, by its sign bit: an engine may give a negated NaN any sign. */
function negateInputs({ query, key, value }: CaseInputs): void {
  for (const { data } of [query, key, value]) {
    const { buffer, byteOffset, length, BYTES_PER_ELEMENT } = data as Float32Array;
    const bits =
      BYTES_PER_ELEMENT === 2 ? new Uint16Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length);
    const sign = BYTES_PER_ELEMENT === 2 ? 0x8000 : 0x80000000;
    bits.forEach((word, index) => (bits[index] = word ^ sign));
  }
}

/** The first violation of the contract by a result, in a sentence; null where there is none. */
function violation(
  result: AttentionResult,
  plan: AttentionPlan,
  inputs: CaseInputs,
  backend: Backend,
  expected: Expected | undefined,
): string | null {
  const shapes = shapesOf(plan);
  const { output, logSumExp } = result;
  const elsewhere = ranElsewhere(result, backend, expected);
  if (elsewhere !== null) return elsewhere;
  const tensors = { output, logSumExp };
  for (const name of ['output', 'logSumExp'] as const) {
    const tensor = tensors[name];
    const size = elementCount(shapes[name]);
    if (tensor === undefined) return `The result has no ${name}, which was asked for.`;
    if (tensor.dtype !== 'float32') return `${name}.dtype: got ${show(tensor.dtype)}, want "float32".`;
    if (tensor.shape.join() !== shapes[name].join())
      return `${name}.shape: got [${tensor.shape.join(', ')}], want [${shapes[name].join(', ')}].`;
    if (tensor.data.length !== size) return `${name}.data: got ${tensor.data.length} numbers, want ${size}.`;
    for (const input of ['query', 'key', 'value'] as const) {
      if ((inputs[input].data as Float32Array).buffer === tensor.data.buffer) return `${name} shares its memory with ${input}.`;
    }
  }
  return null;
}

/** What is wrong with the `ranOn` of a result; null where it is as expected. */
export function ranElsewhere({ ranOn }: AttentionResult, backend: Backend, expected: Expected | undefined): string | null {
  const wanted = expected ?? backend.ranOn;
  if (ranOn.backend !== wanted.backend || ranOn.kernel !== wanted.kernel) {
    const [got, want] = [ranOn, wanted].map(({ backend: name, kernel }) => `{ backend: ${show(name)}, kernel: ${show(kernel)} }`);
    return `ranOn of the result: got ${got}, want ${want}.`;
  }
  if (ranOn.arithmetic === backend.ranOn.arithmetic) return null;
  return `ranOn.arithmetic of the result: got ${show(ranOn.arithmetic)}, want ${show(backend.ranOn.arithmetic)}, as the backend says.`;
}

function sameBits(a: Tensor, b: Tensor | undefined): boolean {
  return b !== undefined && sameBytes(bytesOf(a), bytesOf(b));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function bytesOf({ data }: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function snapshot({ query, key, value }: CaseInputs): Uint8Array[] {
  return [query, key, value].map((one) => bytesOf(one).slice());
}
