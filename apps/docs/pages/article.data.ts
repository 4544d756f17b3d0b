// The figures of the article, and every family's small picture.
import type { ArticleFigures } from '../src/article-figures.ts';
import { articleFigures } from '../src/article-figures.ts';

declare const data: ArticleFigures;
export { data };

export default { load: (): ArticleFigures => articleFigures() };
