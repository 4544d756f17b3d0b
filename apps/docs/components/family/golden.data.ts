// The golden presets, read from the vectors when the site is built.
import type { GoldenPreset } from '../../src/presets.ts';
import { goldenPresets } from '../../src/presets.ts';

declare const data: readonly GoldenPreset[];
export { data };

export default { load: (): Promise<readonly GoldenPreset[]> => goldenPresets() };
