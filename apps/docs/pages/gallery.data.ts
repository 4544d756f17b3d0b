// The families as the front page draws them.
import type { Thumbnail } from '../src/home.ts';
import { gallery } from '../src/home.ts';

declare const data: readonly Thumbnail[];
export { data };

export default { load: (): readonly Thumbnail[] => gallery() };
