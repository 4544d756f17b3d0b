// Unknown options: the error says which one was probably meant, or where the option belongs.
import { expect, it } from 'vitest';
import { alibi, fire, planAttention, sandwich, swin, t5 } from '../src/index.ts';
import { readRunOptions } from '../src/backend/index.ts';

const GOOD = { heads: 4, queries: 3, keys: 3, headDim: 8 };

it.each([
  // Another place.
  [{ ...GOOD, causal: true }, "problem.causal: got the unknown option 'causal', wanted one of batch, heads"],
  [{ ...GOOD, causal: true }, 'It belongs in the mask of the problem: mask: { causal: true }.'],
  [{ ...GOOD, isCausal: true }, 'mask: { causal: true }'],
  [{ ...GOOD, casual: true }, 'mask: { causal: true }'],
  [{ ...GOOD, window: 128 }, 'mask: { window: { left: 128, right: 0 } }'],
  [{ ...GOOD, sliding_window: 128 }, 'mask: { window: { left: 128, right: 0 } }'],
  [{ ...GOOD, keyLengths: [3] }, 'mask: { keyLengths: [7, 5] }'],
  [{ ...GOOD, segments: {} }, 'mask: { segments: { query: [0, 0, 1], key: [0, 0, 1] } }'],
  [{ ...GOOD, logSumExp: true }, 'the options of a run: run(query, key, value, { logSumExp: true })'],
  [{ ...GOOD, dtype: 'float16' }, 'each tensor: { data, shape, dtype }'],
  [{ ...GOOD, mask: { left: 5 } }, 'mask: { window: { left: 128 } }'],
  // Another name.
  [{ ...GOOD, numHeads: 4 }, "Did you mean 'heads'?"],
  [{ ...GOOD, num_heads: 4 }, "Did you mean 'heads'?"],
  [{ ...GOOD, head_dim: 8 }, "Did you mean 'headDim'?"],
  [{ ...GOOD, dim: 8 }, "Did you mean 'headDim'?"],
  [{ ...GOOD, headdim: 8 }, "Did you mean 'headDim'?"],
  [{ ...GOOD, num_kv_heads: 2 }, "Did you mean 'keyValueHeads'?"],
  [{ ...GOOD, softmaxScale: 1 }, "Did you mean 'scale'?"],
  [{ ...GOOD, logit_cap: 30 }, "Did you mean 'softcap'?"],
  [{ ...GOOD, attention_mask: [1] }, "Did you mean 'mask'?"],
  [{ ...GOOD, query_offset: 4 }, "Did you mean 'queryStart'?"],
  [{ ...GOOD, deterministic: true }, "Did you mean 'numerics'?"],
  [{ ...GOOD, mask: { keyMask: [true] } }, "Did you mean 'keyLengths'?"],
  [{ ...GOOD, mask: { attention_mask: [1] } }, "Did you mean 'keyLengths'?"],
  [{ ...GOOD, mask: { padding: [1] } }, "Did you mean 'keyLengths'?"],
  [{ ...GOOD, padding_mask: [1] }, "Did you mean 'mask'?"],
  // The name of another place is no slip, however near an option it is.
  [{ ...GOOD, threads: 4 }, 'the options of the backend: createBackend("cpu", { threads: 4 })'],
  [{ ...GOOD, backend: 'cpu' }, 'attention(query, key, value, { backend })'],
  [{ ...GOOD, window_size: 4 }, 'mask: { window: { left: 128, right: 0 } }'],
  [{ ...GOOD, positions: { offset: 3 } }, 'in the problem, next to the bias: { queryStart, bias }'],
  // A slip.
  [{ ...GOOD, haeds: 4 }, "Did you mean 'heads'?"],
  [{ ...GOOD, quries: 4 }, "Did you mean 'queries'?"],
  [{ ...GOOD, biasscale: 4 }, "Did you mean 'biasScale'?"],
  [{ ...GOOD, mask: { casual: true } }, "Did you mean 'causal'?"],
  [{ ...GOOD, mask: { windows: {} } }, "Did you mean 'window'?"],
  [{ ...GOOD, mask: { window: { lefft: 1 } } }, "Did you mean 'left'?"],
])('a problem of %o', (problem, message) => {
  expect(() => planAttention(problem as never)).toThrow(message);
});

it.each([
  ['a family', () => alibi({ heads: 8, slope: [1] } as never), "alibi.slope: got the unknown option 'slope'"],
  ['a family, its slip', () => alibi({ heads: 8, slope: [1] } as never), "Did you mean 'slopes'?"],
  ['the heads of a family', () => alibi({ numHeads: 8 } as never), "Did you mean 'heads'?"],
  ['buckets of T5', () => t5({ heads: 1, num_buckets: 32 } as never), "Did you mean 'numBuckets'?"],
  ['buckets as the program calls them', () => t5({ heads: 1, buckets: 32 } as never), "Did you mean 'numBuckets'?"],
  ['the window of Swin', () => swin({ heads: 1, windowSize: 7 } as never), "Did you mean 'windowHeight'?"],
  ['the window of Swin, as timm calls it', () => swin({ heads: 1, window: [7, 7] } as never), "Did you mean 'windowHeight'?"],
  ['the width of a model', () => sandwich({ heads: 1, d_model: 64 } as never), "Did you mean 'dimension'?"],
  ['threads in a family', () => alibi({ heads: 8, threads: 2 } as never), 'It belongs in the options of the backend'],
  ['a mask in a family', () => alibi({ heads: 8, causal: true } as never), 'mask: { causal: true }'],
  [
    'a scale in a family',
    () => fire({ heads: 8, softmax_scale: 1 } as never),
    'in the problem, next to the bias: { scale, bias }',
  ],
  ['a number in place of options', () => alibi(8 as never), 'alibi: got 8, wanted an object with the options heads'],
  ['a number in place of options, the call', () => alibi(8 as never), 'Name the option: { heads: 8 }.'],
  ['a window', () => planAttention({ ...GOOD, mask: { window: 2 } } as never), 'Name the option: { left: 2 }.'],
  ['an option of a run', () => readRunOptions({ lse: true } as never), "Did you mean 'logSumExp'?"],
])('%s', (_name, call, message) => {
  expect(call).toThrow(message);
});

it('reads an option of a run once: what was checked is what is used', () => {
  let reads = 0;
  const options = {
    get logSumExp() {
      return reads++ === 0;
    },
  };
  expect(readRunOptions(options)).toMatchObject({ logSumExp: true });
});

it.each(['x', 'wholly other', 'constructor', '__proto__', 'k'.repeat(1e6)])(
  'has no guess for what is like nothing (%#)',
  (name) => {
    const problem = Object.fromEntries([...Object.entries(GOOD), [name, 1]]);
    const message = (): unknown => planAttention(problem as never);
    expect(message).toThrow(/the unknown option .*, wanted one of [\w, ]+\.$/);
  },
);
