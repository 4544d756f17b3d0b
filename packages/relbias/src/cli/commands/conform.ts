// relbias conform: golden vectors judge the spec, the spec's oracle judges backends, and a matrix says how it went.
import type { Backend } from '@relbias/bias-spec';
import type { Case, ConformanceReport, VectorFile } from '@relbias/conformance';
import { allCases, bitsCases, findCase, formatMatrix, mergeReports, runConformance, vectorCases } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { setTimeout } from 'node:timers/promises';
import { writeWhole } from '../../files/write.ts';
import type { Values } from '../arguments.ts';
import { describeOptions, integer, parseArguments, text, texts } from '../arguments.ts';
import type { Command, Context } from '../command.ts';
import { formatSpecVerdict, judgeSpec } from '../conformance/judge-spec.ts';
import { ACCEPTED_BACKENDS, CPU_KERNELS, openJudged } from '../conformance/judged-backends.ts';
import { withProgress } from '../progress.ts';
import { requireTarget } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import { version } from '../version.ts';

const OPTIONS = {
  backend: texts('NAME|./module.js', `${ACCEPTED_BACKENDS}; may be repeated (every CPU kernel)`),
  vectors: text('DIR', 'golden vectors in the documented format (those that come with @relbias/conformance)'),
  case: texts('NAME', 'run this case alone; may be repeated. Any name of the grammar: attention/alibi:heads=12;causal'),
  json: text('FILE', 'write the whole report as JSON'),
  'case-seconds': integer('how long a case may take before the backend is given up (120)', 1, 86_400),
} as const;

type ConformValues = Values<typeof OPTIONS>;

const VECTOR_FOLDER = 'a folder of vectors in the documented format';

/** A device in software takes a moment to stop. */
const DISPOSE_MS = 3000;

const USAGE = `relbias conform [options]

Golden vectors from published implementations judge the spec; the spec's float64 oracle judges every backend, case by case.
Prints the matrix of families and backends. Exit status: 0 when everything passed, 1 when not.

A module is judged through its default export: a backend { ranOn, prepare, dispose }, or a function that makes one.

`;

export const conform: Command = {
  summary: 'judge backends by the conformance suite and golden vectors',
  help: () => USAGE + describeOptions(OPTIONS),
  async run(args, context) {
    const { values } = parseArguments(args, OPTIONS);
    const { stdout, stderr, signal } = context;
    if (values.json !== undefined) await requireTarget('--json', values.json);
    const backends = await openAll(values.backend ?? CPU_KERNELS);
    try {
      const chosen = await choose(values);
      const spec = await withProgress(stderr, 'vectors', (progress) => judgeSpec(chosen.files, signal, progress.report));
      if (spec.length > 0) stdout.write(`${formatSpecVerdict(spec)}\n\n`);
      const reports = await judgeBackends(backends, chosen.cases, values, context);
      const matrix = mergeReports(reports);
      if (reports.length > 0) stdout.write(`${formatMatrix(matrix, 'text')}\n`);
      const ok = spec.every(({ status }) => status !== 'fail') && (reports.length === 0 || matrix.ok);
      if (values.json !== undefined) {
        const report = { format: 'relbias-conform/1', ok, vectors: spec, reports, matrix };
        await writeWhole('--json', values.json, `${JSON.stringify(report, null, 1)}\n`);
      }
      return ok ? 0 : 1;
    } finally {
      for (const { backend } of backends) await disposed(backend);
    }
  },
};

interface Chosen {
  readonly files: readonly VectorFile[];
  readonly cases: readonly Case[];
}

/** What to run: everything, or the cases that were named. A named vector is a case of the spec and, for attention, of backends too. */
async function choose(values: ConformValues): Promise<Chosen> {
  const names = values.case;
  const asksVectors = names === undefined || names.some((name) => name.startsWith('vectors/'));
  const files = asksVectors ? await readFolder(values.vectors) : [];
  if (names === undefined) return { files, cases: [...allCases(), ...bitsCases(), ...vectorCases(files)] };
  const wanted = new Set(names.filter((name) => name.startsWith('vectors/')).map((name) => name.slice('vectors/'.length)));
  const picked = files
    .map((file) => ({ ...file, cases: file.cases.filter(({ id }) => wanted.delete(id) || names.includes(`vectors/${id}`)) }))
    .filter(({ cases }) => cases.length > 0);
  const [unknown] = wanted;
  if (unknown !== undefined)
    throw new UsageError('--case', JSON.stringify(`vectors/${unknown}`), 'the id of a case in these vectors after vectors/');
  const others = names.filter((name) => !name.startsWith('vectors/')).map((name) => findCase(name));
  return { files: picked, cases: [...others, ...vectorCases(picked)] };
}

/** A folder that holds no vectors, or none that this judge reads, is the user's mistake: nothing would be judged, and all look well. */
async function readFolder(directory: string | undefined): Promise<readonly VectorFile[]> {
  const files = await readVectors(directory).catch((error: unknown) => {
    if (directory === undefined || !(error instanceof Error)) throw error;
    throw new UsageError('--vectors', error.message, VECTOR_FOLDER);
  });
  if (files.some(({ cases }) => cases.length > 0)) return files;
  throw new UsageError('--vectors', `${files.length} files without a case to judge`, VECTOR_FOLDER);
}

interface Named {
  readonly name: string;
  readonly backend: Backend;
}

/** All or none: a backend that was asked for and cannot run ends the command before any work. */
async function openAll(names: readonly string[]): Promise<Named[]> {
  const opened: Named[] = [];
  try {
    for (const name of names) opened.push({ name, backend: await openJudged(name) });
    return opened;
  } catch (error) {
    for (const { backend } of opened) await backend.dispose();
    throw error;
  }
}

async function judgeBackends(
  backends: readonly Named[],
  cases: readonly Case[],
  { vectors, 'case-seconds': caseSeconds }: ConformValues,
  { stderr, signal }: Context,
): Promise<ConformanceReport[]> {
  const reports: ConformanceReport[] = [];
  if (cases.length === 0) return reports;
  const versions = { relbias: await version() };
  for (const { name, backend } of backends) {
    const command = `relbias conform --backend ${name}${vectors === undefined ? '' : ` --vectors ${vectors}`}`;
    const report = withProgress(stderr, name, (progress) =>
      runConformance(backend, {
        cases,
        command,
        signal,
        versions,
        caseSeconds,
        onProgress: (_, done, total) => progress.report(done / total),
      }),
    );
    reports.push(await report);
  }
  return reports;
}

/** Disposes a backend, unless it takes forever: one that gave no answer may not give this one either. */
async function disposed(backend: Backend): Promise<void> {
  const enough = setTimeout(DISPOSE_MS, undefined, { ref: false });
  await Promise.race([backend.dispose(), enough]);
}
