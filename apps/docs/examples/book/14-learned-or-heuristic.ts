import { builtinFamilies } from '@relbias/bias-spec';

export const question =
  'Learned or heuristic: which for little data, and which for much data with unusual patterns?';

const heads = 8;
const counted = builtinFamilies
  .filter(
    ({ kind, cases }) =>
      kind !== 'none' && cases.every(({ tokens }) => tokens === undefined),
  )
  .map(({ title, kind, initialise }) => {
    const { parameters } = initialise(heads, () => 0.5);
    const learned = Object.values(parameters).filter((one) => one.learned);
    return {
      title,
      kind,
      numbers: learned.reduce((sum, { data }) => sum + data.length, 0),
    };
  });
const titles = (kind: string) =>
  counted.filter((one) => one.kind === kind).map(({ title }) => title);

export const table = {
  header: ['family', 'kind', `learned numbers, ${heads} heads`],
  rows: counted.map(({ title, kind, numbers }) => [title, kind, numbers]),
};
export const says = `Little data: a heuristic one (${titles('heuristic').join(' or ')}), which has no parameters to fit and is defined beyond the training length. Much data with unusual patterns: a learned one (${titles('learned').join(', ')}), which can prefer any distance.`;
