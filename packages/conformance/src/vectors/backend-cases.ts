// The attention vectors as cases for a backend: output and log-sum-exp in float32, at the tolerance that each case states for float32.
import { planAttention, shapesOf } from '@relbias/bias-spec';
import { ranElsewhere } from '../attention-case.ts';
import { judgeBits } from '../bits/judge.ts';
import { readBitsVector } from '../bits/vectors.ts';
import type { Case } from '../case.ts';
import type { Verdict } from '../result.ts';
import { fail, notRun } from '../result.ts';
import type { Answer } from './answer.ts';
import { attentionProblemOf, attentionTensorsOf } from './attention-case.ts';
import { compareAnswers } from './compare.ts';
import { parseComparison } from './comparison.ts';
import type { VectorCase, VectorFile } from './format.ts';
import { judged } from './judge.ts';

/** The results of a backend that are compared; gradients are compared for the spec only. */
const COMPUTED = ['output', 'logSumExp'] as const;

/**
 * Cases that compare a backend with the attention vectors of these files; for the reproducible profile, by bits. They can be run in addition to
 * `allCases()` or instead.
 *
 * @example
 * const report = await runConformance(naiveBackend(), { cases: vectorCases(await readVectors()) });
 * report.counts.fail; // 0
 */
export function vectorCases(files: readonly VectorFile[]): Case[] {
  return files.flatMap(({ file, cases }) =>
    cases.flatMap((vector) => {
      if (vector.kind === 'bits') return [bitsCase(vector)];
      return vector.kind === 'attention' ? [backendCase(vector, file)] : [];
    }),
  );
}

/** A case of the reproducible profile: output and log-sum-exp, by bits. */
function bitsCase(vector: VectorCase): Case {
  return {
    name: `vectors/${vector.id}`,
    family: vector.family,
    judge: async (backend, context) => {
      const { scenario, expected } = readBitsVector(vector.input);
      return judgeBits(backend, scenario, context, expected);
    },
  };
}

function backendCase(vector: VectorCase, file: string): Case {
  return {
    name: `vectors/${vector.id}`,
    family: vector.family,
    async judge(backend, { expected }): Promise<Verdict> {
      const comparison = parseComparison(vector.compare);
      if (comparison === null) return fail(`Not judged: the comparison ${JSON.stringify(vector.compare)} is unknown.`);
      if (comparison.recordOnly || vector.expected['raises'] !== undefined) {
        return notRun('The case has no numbers for a backend; it checks the spec only.');
      }
      const problem = attentionProblemOf(vector);
      const plan = planAttention(problem);
      const shapes = shapesOf(plan);
      const [query, key, value] = attentionTensorsOf(vector, plan).map((numbers) => Float32Array.from(numbers));
      const prepared = await backend.prepare(problem);
      try {
        const result = await prepared.run(query, key, value, { logSumExp: true });
        const elsewhere = ranElsewhere(result, backend, expected);
        if (elsewhere !== null) return fail(elsewhere);
        const { output, logSumExp } = result;
        const answers: Answer[] = [{ field: 'output', shape: shapes.output.slice(1), float32: output.data }];
        if (logSumExp !== undefined)
          answers.push({ field: 'logSumExp', shape: shapes.logSumExp.slice(1), float32: logSumExp.data });
        const excused = (field: string): boolean => computed(field) === undefined;
        const { status, reason, worst, margin } = judged(
          vector,
          file,
          compareAnswers(vector, comparison.clauses, answers, [], excused),
        );
        const tensorName = computed(worst?.tensor);
        return {
          status: status === 'pass' ? 'pass' : 'fail',
          reason,
          worst: worst === null || tensorName === undefined ? null : { ...worst, tensor: tensorName },
          margin,
        };
      } finally {
        prepared.dispose();
      }
    },
  };
}

function computed(field: string | undefined): (typeof COMPUTED)[number] | undefined {
  return COMPUTED.find((one) => one === field);
}
