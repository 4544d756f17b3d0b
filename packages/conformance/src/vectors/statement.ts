// Cases of the kind `statement`: sentences of a book. There is nothing to compute; a statement with a demand is not judged.
import type { Kind } from './answer.ts';

export const statement: Kind = { ask: () => [] };
