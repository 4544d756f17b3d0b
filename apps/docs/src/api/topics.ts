// The topics of the API index. A symbol belongs to the topic whose path its source starts with; the longest path wins.

interface Topic {
  readonly title: string;
  /** From packages/. */
  readonly paths: readonly string[];
}

const TOPICS: readonly Topic[] = [
  {
    title: 'Running attention',
    paths: ['relbias/src/', 'bias-spec/src/backend/contract.ts', 'kernels-cpu/src/', 'kernels-gpu/src/'],
  },
  {
    title: 'The attention problem: mask, positions, conventions',
    paths: ['problem', 'plan', 'mask', 'positions', 'convention', 'future'].map((file) => `bias-spec/src/${file}.ts`),
  },
  { title: 'Bias families', paths: ['bias-spec/src/families/'] },
  { title: 'Buckets', paths: ['bias-spec/src/buckets/'] },
  {
    title: 'Biases and families of your own',
    paths: ['bias', 'family', 'toeplitz.ts', 'parameters.ts', 'random.ts', 'terms/'].map((file) => `bias-spec/src/${file}`),
  },
  {
    title: 'Tensors and element types',
    paths: ['tensor', 'make-tensor', 'read-tensor', 'lists', 'own-arrays', 'half'].map((file) => `bias-spec/src/${file}.ts`),
  },
  { title: 'Tensor files', paths: ['relbias/src/files/'] },
  { title: 'Key/value cache', paths: ['kernels-cpu/src/cache/'] },
  {
    title: 'Errors and argument checks',
    paths: ['errors', 'check', 'printable', 'show', 'spelling'].map((file) => `bias-spec/src/${file}.ts`),
  },
  { title: 'The float64 oracle', paths: ['bias-spec/src/oracle/'] },
  { title: 'Conformance suite', paths: ['conformance/src/'] },
  { title: 'Golden vectors', paths: ['conformance/src/vectors/'] },
  { title: 'The reproducible profile', paths: ['bias-spec/src/reproducible/', 'conformance/src/bits/'] },
  { title: 'For authors of backends', paths: ['bias-spec/src/backend/'] },
];

/** In the order of the index. */
export const topicTitles: readonly string[] = TOPICS.map(({ title }) => title);

/**
 * @param source - from packages/, such as `bias-spec/src/mask.ts`
 * @throws Error for a file of no topic.
 */
export function topicOf(source: string): string {
  const matches = TOPICS.flatMap(({ title, paths }) => paths.map((path) => ({ title, path }))).filter(({ path }) =>
    source.startsWith(path),
  );
  const [longest] = matches.toSorted((a, b) => b.path.length - a.path.length);
  if (longest === undefined) throw new Error(`topics.ts: no topic for the exports of packages/${source}`);
  return longest.title;
}
