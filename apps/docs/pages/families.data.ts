// The families as the front page lists them.
import type { Page } from '../src/site.ts';
import { familyPages } from '../src/site.ts';

declare const data: readonly Page[];
export { data };

export default { load: (): readonly Page[] => familyPages.map(({ address, title }) => ({ address, title })) };
