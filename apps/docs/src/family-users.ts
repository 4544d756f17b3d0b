// Who uses a family, and where each adds the bias: facts about other people's code, each checked by golden vectors made with that code or
// by the paper named on the family's page.
import type { Convention } from '@relbias/bias-spec';

interface User {
  readonly who: string;
  readonly convention: Convention;
  readonly note?: string;
}

const USERS: Readonly<Record<string, readonly User[]>> = {
  none: [{ who: 'any transformer whose positions come from elsewhere', convention: 'after-scaling' }],
  alibi: [
    { who: 'the paper and its code', convention: 'after-scaling' },
    { who: 'MPT', convention: 'after-scaling', note: 'biasMax is its setting alibi_bias_max' },
    { who: 'BLOOM', convention: 'after-scaling' },
    { who: 'Falcon with alibi', convention: 'before-scaling', note: 'scores and bias are scaled together' },
    { who: 'Jina BERT', convention: 'after-scaling', note: 'symmetric: future unsigned' },
    { who: "'Foundations of Large Language Models'", convention: 'before-scaling', note: 'one beta for all heads' },
  ],
  sandwich: [{ who: 'the paper', convention: 'after-scaling' }],
  'per-offset': [{ who: "'Foundations of Large Language Models'", convention: 'before-scaling' }],
  t5: [
    { who: 'T5, Flan-T5, mT5', convention: 'unscaled', note: 'no division by sqrt(d) at all' },
    { who: 'MPNet', convention: 'after-scaling' },
    { who: 'x-transformers, GPT-NeoX', convention: 'scaled-bias' },
    { who: "'Foundations of Large Language Models', general form", convention: 'before-scaling' },
  ],
  bucketed: [{ who: 'models with buckets of their own', convention: 'after-scaling' }],
  'kerple-log': [{ who: 'the paper, on GPT-NeoX', convention: 'after-scaling' }],
  'kerple-power': [{ who: 'the paper, on GPT-NeoX', convention: 'after-scaling' }],
  fire: [
    { who: 'the paper', convention: 'after-scaling' },
    { who: 'flashT5', convention: 'after-scaling', note: 'the form with the sign of the distance' },
  ],
  swin: [{ who: 'Swin Transformer', convention: 'after-scaling' }],
  'dynamic-position': [
    { who: 'CrossFormer', convention: 'after-scaling', note: 'in two dimensions' },
    { who: 'x-transformers', convention: 'after-scaling' },
  ],
};

/** Who uses a family; a family of which nobody has said it is an error. */
export function usersOf(family: string): readonly User[] {
  const users = USERS[family];
  if (users === undefined) throw new Error(`family-users.ts: say who uses ${family}, and in which convention`);
  return users;
}
