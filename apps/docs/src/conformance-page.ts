// The page that shows the saved matrix, in the words and figures of the suite's own printer.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConformanceMatrix } from '@relbias/conformance';
import { formatMatrix } from '@relbias/conformance';

/** The page as Markdown, from docs/reports/conformance.json. */
export function conformancePage(docs: string): string {
  const matrix = JSON.parse(readFileSync(path.join(docs, 'reports', 'conformance.json'), 'utf8')) as ConformanceMatrix;
  return `# Conformance

Every backend against the float64 oracle, family by family, as the tests last left it. What a cell may err by, and who says what is
true, stands in [Accuracy](./accuracy.md).

${formatMatrix(matrix, 'markdown')}
`;
}
