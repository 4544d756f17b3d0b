// The page that shows the saved matrix, in the words and figures of the suite's own printer.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import type { ConformanceMatrix } from '@relbias/conformance';
import { formatMatrix } from '@relbias/conformance';

/** The page as Markdown, from docs/reports/conformance.json. */
export function conformancePage(docs: string): string {
  const matrix = JSON.parse(readFileSync(path.join(docs, 'reports', 'conformance.json'), 'utf8')) as ConformanceMatrix;
  const missing = builtinFamilies.filter(({ name }) => !matrix.families.includes(name)).map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(`docs/reports/conformance.json is stale: nothing on ${missing.join(', ')}. Run: npm run matrix`);
  return `# Conformance

Every backend against the float64 oracle, family by family, as the tests last left it. What a cell may err by, and who says what is
true, stands in [Accuracy](./accuracy.md).

${formatMatrix(matrix, 'markdown').replaceAll(/(\| \d+\/\d+), /g, '$1<br>')}
`;
}
