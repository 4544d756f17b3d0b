// Calls of a cache that fail and must change nothing. Not a test.
import type { Dtype, Random, Tensor } from '@relbias/bias-spec';
import { toFloat32 } from '@relbias/bias-spec';
import { tokensOf } from '../cached-backend.ts';
import { drawTensor, integer, pick } from '../draw.ts';
import { mustRefuse } from './answers.ts';
import type { Given, Held } from './cache-tokens.ts';
import { DTYPES, drawPart, drawQuery } from './cache-tokens.ts';

/** Makes one such call. @throws Error if it succeeds, throws another kind of error, or changes the state of the cache. */
export function fail(
  random: Random,
  given: Given,
  { cache, parts }: Held,
  keyDtype: Dtype,
  valueDtype: Dtype,
  tell: (what: string) => void,
): void {
  const { length, capacity, bytes } = cache;
  const { batch, keyValueHeads, headDim, valueDim, numerics } = given;
  const blocks = batch * keyValueHeads;
  const good = drawPart(random, false, given, integer(random, 1, 70), keyDtype, valueDtype, () => {});
  const damaged = ({ data, shape, dtype }: Tensor, number: number): Tensor => {
    const copy = Float32Array.from(toFloat32({ data, shape, dtype }));
    copy[integer(random, 0, copy.length - 1)] = number;
    return { data: copy, shape, dtype: 'float32' };
  };
  const bad = numerics === 'fast' ? pick(random, [NaN, Infinity, -Infinity]) : NaN;
  const bare = (count: number): Float32Array => new Float32Array(count);
  const calls: Record<string, () => unknown> = {
    'a key of another dimension': () => cache.append(bare(blocks * headDim * 3 + 1), good.value),
    'a value of other tokens': () => cache.append(good.key, bare(blocks * valueDim * (good.key.shape[2] + 1))),
    'no tokens': () => cache.append(bare(0), bare(0)),
    'a key that is no number': () => cache.append(damaged(good.key, bad), good.value),
    'a value that is no number': () => cache.append(good.key, damaged(good.value, bad)),
    'a query that is no number': () => cache.attendSync(damaged(drawQuery(random, given, 1), bad)),
    'more rows than tokens': () => cache.attendSync(drawQuery(random, given, length + 1)),
    'truncating to more': () => cache.truncate(length + 1),
    'no room for a fork': () => withoutRoom(() => cache.fork()),
    'no room for more tokens': () => {
      // More than the pages of the memory can hold.
      const tokens = Math.ceil(bytes / (4 * blocks * (headDim + valueDim)));
      withoutRoom(() => cache.append(bare(blocks * tokens * headDim), bare(blocks * tokens * valueDim)));
    },
  };
  if (blocks * headDim === 1) delete calls['a key of another dimension'];
  // These appends are bare float32.
  if (parts[0].key.dtype !== 'float32' || parts[0].value.dtype !== 'float32') delete calls['no room for more tokens'];
  if (numerics === 'reproducible') {
    const other = DTYPES.find((one) => one !== parts[0].key.dtype);
    calls['a key of another dtype'] = () =>
      cache.append(drawTensor('key', batch, keyValueHeads, 1, headDim, other), tokensOf(parts[0].value, 0, 1));
  }
  const what = pick(random, Object.keys(calls));
  tell(`fails: ${what}`);
  mustRefuse(what, calls[what]);
  const now = [cache.length, cache.capacity, cache.bytes].join(', ');
  const before = [length, capacity, bytes].join(', ');
  if (now !== before) throw new Error(`${what}: length, capacity, bytes are ${now}, and were ${before}`);
}

/** Runs with memories that cannot grow, as in a full address space. */
function withoutRoom(call: () => unknown): void {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = () => {
    throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
  };
  try {
    call();
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
  }
}
