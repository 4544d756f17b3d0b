import { bookBuckets, t5, t5Family } from '@relbias/bias-spec';

export const question =
  'How many parameters does n_b mean, and how are they initialised?';

const nb = 31;
const heads = 8;
const options = bookBuckets({ nb, distMax: 128 });
const rows = options.numBuckets ?? 0;
const table8 = t5({ heads, ...options, table: new Float64Array(rows * heads) })
  .parameters['table'];
const { initialisation } =
  t5Family.options.find(({ name }) => name === 'table') ?? {};

export const says = `n_b = ${nb} means buckets 0 to ${nb}: ${rows} numbers per head, ${table8?.data.length} for ${heads} heads. A common mistake is to allocate n_b. Initialisation: ${initialisation}.`;
