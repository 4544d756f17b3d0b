// Judges one backend in a process of its own. Only the answers that arrive count: if the process ends early, loops or stays silent, its
// cases failed or did not run, whatever its exit status is.
import { printable } from '@relbias/bias-spec/backend';
import type { RanOn } from '@relbias/bias-spec';
import type { Case, CaseResult, ConformanceReport } from '@relbias/conformance';
import { CASE_SECONDS, reportOn } from '@relbias/conformance';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Refusal, UsageError } from '../usage-error.ts';
import type { Answer, Request } from './judging-messages.ts';
import { ANSWERS } from './judging-messages.ts';
import { onLines } from './lines.ts';

/** How much longer than a case the backend may take to open: the process has to start first. */
const START_MS = 1000;

/** How long `dispose` may take: a GPU in software needs a moment to stop. */
const DISPOSE_MS = 3000;

/** How long to wait between the end of a process and the end of its pipe, in either order. */
const END_GAP_MS = 500;

/** The outcome of judging one backend. */
export interface Judgement {
  readonly report: ConformanceReport;
  /** What went wrong outside the cases, in a sentence. */
  readonly trouble: string | null;
}

/** What to judge, and how. */
export interface Judged extends Omit<Request, 'token' | 'parent'> {
  readonly caseSeconds: number | undefined;
  readonly signal: AbortSignal;
  /** Receives what the backend prints, in lines that are safe to print. */
  readonly onPrinted: (line: string) => void;
}

/** No more answers will come. The reason is written to follow "No answer: ". */
interface End {
  readonly kind: 'end';
  readonly reason: string;
}

export class JudgingProcess {
  readonly #judged: Judged;
  readonly #child: ChildProcess;
  /** Nothing is added after an end. */
  readonly #answers: (Answer | End)[] = [];
  #wake: () => void = () => {};
  #ranOn: RanOn = { backend: 'unnamed', kernel: 'unnamed', device: 'unnamed', arithmetic: 'float32' };

  /** @throws Refusal where the backend cannot be opened; the signal's reason. */
  static async open(judged: Judged): Promise<JudgingProcess> {
    const opening = new JudgingProcess(judged);
    try {
      const first = await opening.#next(opening.#patience() + START_MS);
      if (first.kind === 'opened') {
        opening.#ranOn = first.ranOn;
        return opening;
      }
      if (first.kind === 'refused' && first.usage) throw new Refusal(first.message);
      const got =
        first.kind === 'refused' ? `an error (${first.message})` : `a module that cannot be opened (${describe(first)})`;
      throw new UsageError(`--backend ${judged.backend}`, got, 'a backend');
    } catch (error) {
      opening.close();
      throw error;
    }
  }

  private constructor(judged: Judged) {
    this.#judged = judged;
    const { backend, choice, command } = judged;
    const request: Request = { token: randomUUID(), parent: process.pid, backend, choice, command };
    const program = fileURLToPath(new URL('./judging.js', import.meta.url));
    const child = spawn(process.execPath, [...process.execArgv, program], { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
    this.#child = child;
    // Writing to a process that has ended fails; its end is handled below.
    child.stdin?.on('error', () => {}).write(`${JSON.stringify(request)}\n`);
    for (const printed of [child.stdout, child.stderr]) {
      if (printed !== null) onLines(printed, (line) => judged.onPrinted(printable(line)));
    }
    const pipe = child.stdio[ANSWERS] as Readable;
    onLines(pipe, (line) => {
      const [token, text] = [line.slice(0, request.token.length), line.slice(request.token.length)];
      if (token === request.token) this.#add(JSON.parse(text) as Answer);
    });
    let status: string | null = null;
    const end = (): void => this.#add({ kind: 'end', reason: status ?? 'it closed the pipe for answers' });
    child.on('error', (error) => this.#add({ kind: 'end', reason: `no process could be started (${error.message})` }));
    child.on('exit', (code, signal) => {
      status = signal === null ? `its process ended with status ${code}` : `its process was ended by ${signal}`;
      setTimeout(end, END_GAP_MS).unref();
    });
    pipe.on('error', () => {}).on('close', () => (status === null ? void setTimeout(end, END_GAP_MS).unref() : end()));
    judged.signal.addEventListener('abort', () => (this.close(), this.#wake()), { once: true });
  }

  /** Runs the cases, disposes the backend and ends the process. */
  async judge(
    cases: readonly Case[],
    versions: Readonly<Record<string, string>>,
    onProgress: (done: number) => void,
  ): Promise<Judgement> {
    try {
      this.#child.stdin?.write('\n');
      const start = performance.now();
      const results: CaseResult[] = [];
      const report = (): ConformanceReport => reportOn(this.#ranOn, results, performance.now() - start, { versions });
      for (const one of cases) {
        const answer = await this.#next(this.#patience());
        if (answer.kind !== 'result' || answer.result.name !== one.name) {
          results.push(...this.#unanswered(cases.slice(results.length), answer));
          return { report: report(), trouble: null };
        }
        results.push(answer.result);
        onProgress(results.length / cases.length);
      }
      const last = await this.#next(this.#patience());
      if (last.kind === 'judged') this.#ranOn = last.ranOn;
      const judged = report();
      return {
        report: judged,
        trouble: last.kind === 'judged' ? await this.#disposal() : `After the last case: ${describe(last)}.`,
      };
    } finally {
      this.close();
    }
  }

  /** Ends the process, if it still runs. */
  close(): void {
    this.#child.kill('SIGKILL');
  }

  async #disposal(): Promise<string | null> {
    const answer = await this.#next(DISPOSE_MS);
    if (answer.kind !== 'disposed') return `dispose(): ${describe(answer)}.`;
    return answer.thrown === null ? null : `dispose() threw ${answer.thrown}.`;
  }

  /** The results of cases without an answer: the first was running, the others were not begun. */
  #unanswered([first, ...others]: readonly Case[], answer: Answer | End): CaseResult[] {
    const without = { worst: null, margin: null };
    const reason = `No answer: ${describe(answer)}. Repeat: ${this.#judged.command} --case '${first.name}'`;
    return [
      { name: first.name, family: first.family, status: 'fail', reason, ...without, hung: true },
      ...others.map(({ name, family }): CaseResult => {
        return { name, family, status: 'not-run', reason: `The backend gave no answer to ${first.name}.`, ...without };
      }),
    ];
  }

  /** The next answer, or why there is none. */
  async #next(patienceMs: number): Promise<Answer | End> {
    const late = setTimeout(() => {
      this.#add({ kind: 'end', reason: `nothing within ${patienceMs / 1000} s` });
      this.close();
    }, patienceMs);
    try {
      for (;;) {
        this.#judged.signal.throwIfAborted();
        const [answer] = this.#answers;
        if (answer?.kind === 'end') return answer;
        if (answer !== undefined) return this.#answers.shift() as Answer;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(late);
    }
  }

  #add(answer: Answer | End): void {
    if (this.#answers.at(-1)?.kind !== 'end') this.#answers.push(answer);
    this.#wake();
  }

  #patience(): number {
    return (this.#judged.caseSeconds ?? CASE_SECONDS) * 1000;
  }
}

function describe(answer: Answer | End): string {
  return 'reason' in answer ? answer.reason : `it answered ${answer.kind}`;
}
