// The options that KERPLE's two kernels have alike, as their definitions list them, and who uses them.
import type { FamilyOption, FamilyUser } from '../family.ts';
import { KERPLE_FUTURES } from './kerple-parameters.ts';
import { github } from './links.ts';

interface ParameterDoc {
  readonly meaning: string;
  readonly initialisation: string;
}

/** The options of a kernel whose two parameters mean this. */
export function kerpleOptions(r1: ParameterDoc, r2: ParameterDoc): FamilyOption[] {
  const shared = { kind: 'numbers', shape: '[heads]', required: true, parameter: 'learned' } as const;
  return [
    { name: 'r1', ...shared, ...r1 },
    { name: 'r2', ...shared, ...r2 },
    { name: 'clamp', kind: 'boolean', meaning: 'what lies outside is clamped, as upstream does', default: false },
    { name: 'future', kind: 'choice', choices: KERPLE_FUTURES, meaning: 'what keys in the future get', default: 'unsigned' },
  ];
}

export const KERPLE_USERS: readonly FamilyUser[] = [
  {
    who: 'the paper, on GPT-NeoX',
    convention: 'after-scaling',
    link: github('chijames/KERPLE', '25be3d712e96a3353b374f1f8e36b97d86f97ffa', 'megatron/model/transformer.py#L352'),
  },
];
