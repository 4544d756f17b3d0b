// The N x N bias of the peers, compared with the specification.
import { planAttention } from '@relbias/bias-spec';
import { isPerDistance, isVisible } from '@relbias/bias-spec/backend';
import { assert, expect, test } from 'vitest';
import { isWrong } from '../src/accuracy.ts';
import { CASE_NAMES, firstQuery, makeCase } from '../src/cases.ts';
import { denseBiasBuilder } from '../src/dense-bias.ts';

test.each(CASE_NAMES)('%s: every element is that of the family, or -Infinity where the mask hides it', (name) => {
  const benchCase = makeCase(name, 37);
  const { problem } = benchCase;
  const { bias, heads, queries, keys } = problem;
  const { mask, lowered } = planAttention(problem);
  const isTable = isPerDistance(lowered);
  const dense = denseBiasBuilder(benchCase)();
  let hidden = 0;
  for (let n = 0; n < dense.length; n++) {
    const [head, row, j] = [Math.floor(n / (queries * keys)), Math.floor(n / keys) % queries, n % keys];
    const i = firstQuery(benchCase) + row;
    if (!isVisible(mask, 0, row, j, i - j, queries, keys)) {
      hidden++;
      assert(dense[n] === -Infinity, `head ${head}, query ${i}, key ${j}: got ${dense[n]}, want it hidden`);
      continue;
    }
    const want = bias.value(head, i - j, i);
    // A row-scaled term is computed with in float32.
    const isRight = isTable ? dense[n] === Math.fround(want) : !isWrong(Math.abs(dense[n] - want));
    assert(isRight, `head ${head}, query ${i}, key ${j}: got ${dense[n]}, want ${want}`);
  }
  expect(dense).toHaveLength(heads * queries * keys);
  const isMaskedSquare = problem.mask?.causal === true && queries > 1;
  expect(hidden).toBe(isMaskedSquare ? (heads * queries * (queries - 1)) / 2 : 0);
});
