// relbias conform: checks the spec against golden vectors and backends against the spec's float64 oracle, and prints a matrix of the results.
import { printable } from '@relbias/bias-spec/backend';
import type { ConformanceReport } from '@relbias/conformance';
import { formatMatrix, mergeReports } from '@relbias/conformance';
import { writeWhole } from '../../files/write.ts';
import type { Values } from '../arguments.ts';
import { describeOptions, integer, parseArguments, text, texts } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { choose } from '../conformance/chosen-cases.ts';
import { formatSpecVerdict, judgeSpec } from '../conformance/judge-spec.ts';
import { ACCEPTED_BACKENDS, CPU_KERNELS } from '../conformance/judged-backends.ts';
import type { Judged, Judgement } from '../conformance/judging-process.ts';
import { JudgingProcess } from '../conformance/judging-process.ts';
import { withProgress } from '../progress.ts';
import { requireTarget } from '../target.ts';
import { version } from '../version.ts';

const OPTIONS = {
  backend: texts('NAME|./module.js', `${ACCEPTED_BACKENDS}; may be repeated (every CPU kernel)`),
  vectors: text('DIR', 'golden vectors in the documented format (those of @relbias/conformance)'),
  case: texts('NAME', 'run this case alone, such as attention/alibi:heads=12;causal; may be repeated'),
  'max-bytes': integer('the most bytes that the vectors may unpack to (67108864)', 1, Number.MAX_SAFE_INTEGER),
  json: text('FILE', 'write the whole report as JSON'),
  'case-seconds': integer('how many seconds a case may take before the backend is stopped (120)', 1, 86_400),
} as const;

type ConformValues = Values<typeof OPTIONS>;

interface Named {
  readonly name: string;
  readonly judging: JudgingProcess;
}

const USAGE = `relbias conform [options]

Golden vectors from published implementations judge the spec; the spec's float64 oracle judges every backend, case by case.
Prints a matrix of families and backends. Exit status: 0 when every case was judged and passed, 1 otherwise. A case that you name and that
does not run, and a family without a passing case, make it 1 too.

The default export of a module is judged: a backend { ranOn, prepare, dispose }, or a function that returns one. It runs in a process of
its own; what it prints goes to standard error.

`;

export const conform: Command = {
  summary: 'judge backends by the conformance suite and golden vectors',
  help: async () => USAGE + describeOptions(OPTIONS),
  async run(args, context) {
    const { values } = parseArguments(args, OPTIONS);
    const { stdout, stderr, signal } = context;
    if (values.json !== undefined) await requireTarget('--json', values.json);
    const chosen = await choose(values);
    const backends = await openAll(values, context);
    try {
      const spec = await withProgress(stderr, 'vectors', (progress) => judgeSpec(chosen.files, signal, progress.report));
      if (spec.length > 0) stdout.write(`${formatSpecVerdict(spec)}\n\n`);
      const judgements: Judgement[] = [];
      const versions = { relbias: await version() };
      for (const { name, judging } of chosen.cases.length === 0 ? [] : backends) {
        const judged = withProgress(stderr, name, ({ report }) => judging.judge(chosen.cases, versions, report));
        judgements.push(await judged);
      }
      const reports = judgements.map(({ report }) => report);
      const troubles = judgements.flatMap(({ report, trouble }, index) => [
        ...(trouble === null ? [] : [printable(`${backends[index].name}: ${trouble}`)]),
        ...notJudged(report, values.case),
      ]);
      const matrix = mergeReports(reports);
      if (reports.length > 0) stdout.write(`${formatMatrix(matrix, 'text')}\n`);
      if (troubles.length > 0)
        stdout.write(`\nBesides the cases (${troubles.length}):\n${troubles.map((one) => `- ${one}\n`).join('')}`);
      const judged = reports.length === 0 || (matrix.ok && troubles.length === 0);
      const ok = judged && spec.every(({ status }) => status !== 'fail');
      if (values.json !== undefined) {
        const report = { format: 'relbias-conform/1', ok, vectors: spec, reports, matrix, troubles };
        await writeWhole('--json', values.json, `${JSON.stringify(report, null, 1)}\n`);
      }
      return ok ? 0 : 1;
    } finally {
      for (const { judging } of backends) judging.close();
    }
  },
};

/** Opens all backends or none: one that cannot run ends the command before any work. */
async function openAll(values: ConformValues, { stderr, signal }: Context): Promise<Named[]> {
  const opened: Named[] = [];
  try {
    for (const name of values.backend ?? CPU_KERNELS) {
      const judged: Judged = {
        backend: name,
        choice: { case: values.case, vectors: values.vectors, 'max-bytes': values['max-bytes'] },
        caseSeconds: values['case-seconds'],
        command: ['relbias conform --backend', name, ...repeated(values)].join(' '),
        signal,
        // To standard error: output of a backend must not look like a result.
        onPrinted: (line) => stderr.write(`${stderr.isTTY ? '\r\x1b[K' : ''}${name}: ${line}\n`),
      };
      opened.push({ name, judging: await JudgingProcess.open(judged) });
    }
    return opened;
  } catch (error) {
    for (const { judging } of opened) judging.close();
    throw error;
  }
}

/** The other options that a command needs to repeat the run. */
function repeated({ vectors, 'max-bytes': maxBytes }: ConformValues): string[] {
  return [
    ...(vectors === undefined ? [] : ['--vectors', vectors]),
    ...(maxBytes === undefined ? [] : ['--max-bytes', String(maxBytes)]),
  ];
}

/** What was asked for and not judged: a named case that did not run or, in a run of everything, a family without a passing case. */
function notJudged({ ranOn, results }: ConformanceReport, names: readonly string[] | undefined): string[] {
  const backend = `${ranOn.backend} ${ranOn.kernel}`;
  if (names !== undefined) {
    const missing = results.filter(({ name, status }) => status === 'not-run' && names.includes(name));
    return missing.map(({ name }) => `${backend}: ${name}: asked for by name, but it did not run.`);
  }
  // The reproducible profile is optional for a backend.
  const families = [...new Set(results.map(({ family }) => family))].filter((family) => family !== 'bits');
  return families
    .filter((family) => results.every((one) => one.family !== family || one.status !== 'pass'))
    .map((family) => `${backend}: no case of ${family} passed.`);
}
