// Who uses a family, and where each adds the bias: facts about other people's code. Each was read where its link leads (or in the paper
// named on the family's page); golden vectors check the biases themselves, made with that code.
import type { Convention } from '@relbias/bias-spec';

interface User {
  readonly who: string;
  readonly convention: Convention;
  readonly note?: string;
  /** Where one can see it: the line of code or the text that adds the bias. */
  readonly link?: string;
}

const github = (repository: string, commit: string, file: string): string =>
  `https://github.com/${repository}/blob/${commit}/${file}`;
const huggingFace = (model: string, commit: string): string =>
  github('huggingface/transformers', commit, `src/transformers/models/${model}/modeling_${model}.py`);

const BOOK = 'https://arxiv.org/abs/2501.09223';
const GPT_NEOX = github('EleutherAI/gpt-neox', 'ea7aefd8f8e183256992d9fede4d7c71a46d67a5', 'megatron/model/transformer.py#L526');
const KERPLE = github('chijames/KERPLE', '25be3d712e96a3353b374f1f8e36b97d86f97ffa', 'megatron/model/transformer.py#L352');
const X_TRANSFORMERS = github(
  'lucidrains/x-transformers',
  '004dd51c1ba44284cdd24b1b9792c83e0039ac24',
  'x_transformers/attend.py',
);

const USERS: Readonly<Record<string, readonly User[]>> = {
  none: [{ who: 'any transformer whose positions come from elsewhere', convention: 'after-scaling' }],
  alibi: [
    {
      who: 'the paper and its code',
      convention: 'after-scaling',
      link: github(
        'ofirpress/attention_with_linear_biases',
        '4b92f28a005ead2567abe2359f633e73e08f3833',
        'fairseq/modules/multihead_attention.py#L225',
      ),
    },
    {
      who: 'MPT',
      convention: 'after-scaling',
      note: 'biasMax is its setting alibi_bias_max; softmax_scale, where set, takes the place of 1/sqrt(d)',
      link: huggingFace('mpt', '0206c7b0f3a56f3876a66bda1baa00741950221e'),
    },
    {
      who: 'BLOOM',
      convention: 'after-scaling',
      note: 'adds slope * key position, which softmax cannot tell apart',
      link: huggingFace('bloom', '0078a6cd96d5ab7c3c429b9fdc3fbc703d894dcc'),
    },
    {
      who: 'Falcon with alibi',
      convention: 'before-scaling',
      note: 'scores and bias are scaled together; slope * key position as in BLOOM',
      link: huggingFace('falcon', '00dcc6dda6f6d8e69541a6b51f97986a80242367'),
    },
    {
      who: 'Jina BERT',
      convention: 'after-scaling',
      note: 'symmetric: future unsigned',
      link: 'https://huggingface.co/jinaai/jina-bert-implementation/blob/main/modeling_bert.py',
    },
    { who: "'Foundations of Large Language Models'", convention: 'before-scaling', note: 'one beta for all heads', link: BOOK },
  ],
  sandwich: [
    {
      who: 'attention-gym',
      convention: 'after-scaling',
      note: 'a score_mod, which sees scaled scores',
      link: github('meta-pytorch/attention-gym', '7fdb85d0b96668397adee48de54b6f1036497717', 'attn_gym/mods/sandwich.py'),
    },
  ],
  'per-offset': [{ who: "'Foundations of Large Language Models'", convention: 'before-scaling', link: BOOK }],
  t5: [
    {
      who: 'T5, Flan-T5, mT5',
      convention: 'unscaled',
      note: 'no division by sqrt(d) at all',
      link: huggingFace('t5', '673440d073d5f534a6d6bedeeca94869afd8d0a7'),
    },
    { who: 'MPNet', convention: 'after-scaling', link: huggingFace('mpnet', '00099b9f15ad8bea330364709453fc49cbba90e5') },
    {
      who: 'LayoutLMv3, its bias of reading order',
      convention: 'before-scaling',
      note: 'adds two more tables, for the places of the boxes',
      link: huggingFace('layoutlmv3', 'main'),
    },
    {
      who: 'x-transformers',
      convention: 'scaled-bias',
      note: 'RelativePositionBias takes sqrt(d) as its scale',
      link: github('lucidrains/x-transformers', '9252ed7838021ee61e6c5be0930b3a9a88efdf06', 'x_transformers/x_transformers.py'),
    },
    { who: 'GPT-NeoX', convention: 'scaled-bias', note: 'its rpe_scale is sqrt(d)', link: GPT_NEOX },
    { who: "'Foundations of Large Language Models', general form", convention: 'before-scaling', link: BOOK },
  ],
  bucketed: [
    { who: 'models with a bucket function of their own', convention: 'after-scaling', note: 'T5 is the published case' },
  ],
  'kerple-log': [{ who: 'the paper, on GPT-NeoX', convention: 'after-scaling', link: KERPLE }],
  'kerple-power': [{ who: 'the paper, on GPT-NeoX', convention: 'after-scaling', link: KERPLE }],
  fire: [
    {
      who: 'DAPE, on GPT-NeoX',
      convention: 'after-scaling',
      note: 'the paper leaves the scale out of its formulas',
      link: github(
        'chuanyang-Zheng/DAPE',
        'bde344a844f2bd1f498b2bac70240dcda41c50c1',
        'megatron/model/positional_embeddings.py#L451',
      ),
    },
    {
      who: "'Transformers can do arithmetic'",
      convention: 'after-scaling',
      link: github('mcleish7/arithmetic', '86022a57d38c0fde46444d62e8dcbebcc0af614c', 'cramming/architectures/attention.py#L230'),
    },
    {
      who: 'flashT5',
      convention: 'unscaled',
      note: 'its configurations set attention_scale to 1; the form with the sign of the distance',
      link: github('catie-aq/flashT5', '818f07c133de7266382921c726c653657d610ae4', 'src/model/modeling_flash_t5.py#L183'),
    },
  ],
  swin: [
    {
      who: 'Swin Transformer',
      convention: 'after-scaling',
      link: github('microsoft/Swin-Transformer', 'f82860bfb5225915aca09c3227159ee9e1df874d', 'models/swin_transformer.py'),
    },
  ],
  'dynamic-position': [
    {
      who: 'CrossFormer',
      convention: 'after-scaling',
      note: 'in two dimensions, with ReLU and LayerNorm between the layers',
      link: github('cheerss/CrossFormer', '795201075f0066e78408882617312084e25aef61', 'models/crossformer.py#L136'),
    },
    { who: 'x-transformers', convention: 'after-scaling', note: 'with SiLU, the form here', link: X_TRANSFORMERS },
  ],
};

/** Who uses a family; a family of which nobody has said it is an error. */
export function usersOf(family: string): readonly User[] {
  const users = USERS[family];
  if (users === undefined) throw new Error(`family-users.ts: say who uses ${family}, and in which convention`);
  return users;
}
