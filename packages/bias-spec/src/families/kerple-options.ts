// The options and users that KERPLE's two kernels have in common.
import type { FamilyOption, FamilyUser } from '../family.ts';
import { KERPLE_FUTURES } from './kerple-parameters.ts';
import { github } from './links.ts';

interface ParameterDoc {
  readonly meaning: string;
  readonly initialisation: string;
}

/** The options of a kernel, given what its two parameters mean. */
export function kerpleOptions(r1: ParameterDoc, r2: ParameterDoc): FamilyOption[] {
  const shared = { kind: 'numbers', shape: '[heads]', required: true, parameter: 'learned' } as const;
  return [
    { name: 'r1', ...shared, ...r1 },
    { name: 'r2', ...shared, ...r2 },
    {
      name: 'clamp',
      kind: 'boolean',
      meaning: 'clamp parameters outside their range instead of refusing them, as the published code does',
      default: false,
    },
    {
      name: 'future',
      kind: 'choice',
      choices: KERPLE_FUTURES,
      meaning: 'bias of keys in the future: of |distance|, or of distance 0',
      default: 'unsigned',
    },
  ];
}

export const KERPLE_USERS: readonly FamilyUser[] = [
  {
    who: 'the paper, on GPT-NeoX',
    convention: 'after-scaling',
    link: github('chijames/KERPLE', '25be3d712e96a3353b374f1f8e36b97d86f97ffa', 'megatron/model/transformer.py#L352'),
  },
];
