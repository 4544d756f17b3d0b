// The N x N bias that peers get, against the specification's own words for it.
import { isVisible, planAttention } from '@relbias/bias-spec';
import { assert, expect, test } from 'vitest';
import { CASE_NAMES, makeCase } from '../src/cases.ts';
import { denseBias } from '../src/dense-bias.ts';

test.each(CASE_NAMES)('%s: every element is that of the family, or -Infinity where the mask hides it', (name) => {
  const tokens = 37;
  const { problem, ...rest } = makeCase(name, tokens);
  const { mask } = planAttention(problem);
  const dense = denseBias({ problem, ...rest });
  let hidden = 0;
  for (let n = 0; n < dense.length; n++) {
    const [head, i, j] = [Math.floor(n / tokens ** 2), Math.floor(n / tokens) % tokens, n % tokens];
    const visible = isVisible(mask, 0, i, j, i - j, tokens, tokens);
    const want = visible ? Math.fround(problem.bias.value(head, i - j, i)) : -Infinity;
    if (!visible) hidden++;
    assert(dense[n] === want, `head ${head}, query ${i}, key ${j}: got ${dense[n]}, want ${want}`);
  }
  expect(dense).toHaveLength(problem.heads * tokens ** 2);
  expect(hidden).toBe(name === 'alibi-causal' ? (problem.heads * tokens * (tokens - 1)) / 2 : 0);
});
