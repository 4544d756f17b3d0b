// The page of other implementations, by family and convention, made only from what the golden vectors record about them.
import { alibiSection } from './alibi.ts';
import { attentionSection, debertaSection, fireSection, kerpleSection, swinSection } from './others.ts';
import { t5Section } from './t5.ts';

/** The page as Markdown. */
export function implementationsPage(): string {
  return `# Other implementations

Where Transformers, T5X, Mesh TensorFlow, x-transformers, attention-gym and others leave exact arithmetic, by how much and at which settings.
Every figure comes from the [golden vectors](./check-your-own.md#the-files): other people's code was run unmodified under PyTorch 1.13 and NumPy
1.24 on an x86-64 CPU, at the commits linked here. Newer commits may differ.

${[t5Section(), alibiSection(), attentionSection(), fireSection(), kerpleSection(), debertaSection(), swinSection()].join('\n')}`;
}
