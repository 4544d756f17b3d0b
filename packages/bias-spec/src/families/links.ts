// Addresses of code and texts that several families cite.

/** A file of a repository as it was at a commit. */
export function github(repository: string, commit: string, file: string): string {
  return `https://github.com/${repository}/blob/${commit}/${file}`;
}

/** A model of Hugging Face Transformers at a commit. */
export function huggingFace(model: string, commit: string): string {
  return github('huggingface/transformers', commit, `src/transformers/models/${model}/modeling_${model}.py`);
}

/** 'Foundations of Large Language Models'. */
export const BOOK = 'https://arxiv.org/abs/2501.09223';
