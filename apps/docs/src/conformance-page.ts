// The page of the saved matrix, as the suite's own printer formats it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { builtinFamilies } from '@relbias/bias-spec';
import type { ConformanceMatrix } from '@relbias/conformance';
import { allCases, formatMatrix, vectorCases } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';

/** The page as Markdown, from docs/reports/conformance.json. */
export async function conformancePage(docs: string): Promise<string> {
  const matrix = JSON.parse(readFileSync(path.join(docs, 'reports', 'conformance.json'), 'utf8')) as ConformanceMatrix;
  const stale = await whatIsStale(matrix);
  if (stale.length > 0) throw new Error(`docs/reports/conformance.json is out of date: ${stale.join('; ')}. Run: npm run matrix`);
  return `# Conformance

Every backend against the float64 oracle, family by family, from the last run of the tests. [Accuracy](./accuracy.md) describes the error
budgets and the reference; [prove it here](./prove/here.md) runs the suite in your browser.

${formatMatrix(matrix, 'markdown').replaceAll(/(\| \d+\/\d+), /g, '$1<br>')}
`;
}

/** Where the report and the current suite disagree: missing families, and families with another number of cases. */
async function whatIsStale({ families, columns }: ConformanceMatrix): Promise<string[]> {
  const missing = builtinFamilies.filter(({ name }) => !families.includes(name)).map(({ name }) => `nothing on ${name}`);
  const cases = [...allCases(), ...vectorCases(await readVectors())];
  const outdated = families.flatMap((family, row) => {
    const wanted = cases.filter((one) => one.family === family).length;
    const reported = new Set(
      columns.flatMap(({ cells }) => cells[row] ?? []).map(({ pass, fail, notRun }) => pass + fail + notRun),
    );
    return [...reported].filter((count) => count !== wanted).map((count) => `${count} cases of ${family}, not ${wanted}`);
  });
  return [...missing, ...outdated];
}
