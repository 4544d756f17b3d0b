// Tries mutants inside the process that runs a test file. A mutant is first tried warm: the functions of the tests that reach it are called
// again. Where that cannot decide (code that runs when a module is loaded, or once and is then remembered), the file is loaded again with the
// mutant switched on, and all its tests run. The result of each mutant is appended to a journal at once, so nothing is lost if a mutant
// crashes the process.
import { appendFileSync, readFileSync } from 'node:fs';
import { TestRunner, describe, vi } from 'vitest';
import type { RunnerTestCase, RunnerTestFile, RunnerTestSuite } from 'vitest';

/** The task of one process. */
export interface Plan {
  /** The package's folder. */
  readonly root: string;
  /** Test files, relative to it. */
  readonly tests: string[];
  /** The number of the first mutant of each source file, by its absolute path. */
  readonly firstOf: Readonly<Record<string, number>>;
  /** How many mutants there are. */
  readonly mutants: number;
  /** The mutants to try. Without it, the tests run once and record what they reach. */
  readonly tried?: readonly number[];
  readonly warm: boolean;
  /** Milliseconds until a waiting test counts as hung. */
  readonly testTimeout: number;
  readonly journal: string;
}

/** A line of the journal. */
export type Entry =
  | { readonly reach: string; readonly ids: readonly number[]; readonly milliseconds: number }
  /** A test has ended. Shows that the process is alive while no mutant is tried. */
  | { readonly ran: string }
  | { readonly trying: number }
  | { readonly killed: number; readonly by: string; readonly how: 'failure' | 'steps' }
  | { readonly survived: number }
  /** It survived warm, but only a fresh load can decide. */
  | { readonly undecided: number }
  | { readonly polluted: number }
  | { readonly broken: string }
  | { readonly done: string };

/** The loop iterations after which a mutant counts as an endless loop, given the number without a mutant. */
const allowedSteps = (usual: number): number => usual + Math.min(9 * usual, 1_000_000) + 100_000;

const plan: Plan = JSON.parse(readFileSync(process.env['RELBIAS_MUTATION_PLAN'] ?? '', 'utf8'));
const NONE = -1;
const OUT_OF_STEPS = 'a mutant took too many steps';

const seen = new Uint8Array(plan.mutants);
let active = NONE;
let steps = 0;
let limit = Infinity;

Object.assign(globalThis, {
  __mutation: {
    at(id: number): boolean {
      seen[id] = 1;
      return id === active;
    },
    step(): void {
      if (++steps > limit) throw new Error(OUT_OF_STEPS);
    },
  },
});

/** What a test reaches without a mutant. */
interface Reach {
  readonly ids: Uint8Array;
  readonly steps: number;
  readonly milliseconds: number;
}

/** A test that has run a second time. */
interface Repeated {
  readonly test: RunnerTestCase;
  readonly reach: Reach;
  /** What it reached the first time. */
  readonly first: Uint8Array;
  /** Source files of which it reached something only the first time. */
  readonly remembering: ReadonlySet<number>;
}

const firsts = Object.values(plan.firstOf).toSorted((one, other) => one - other);

/** The index of a mutant's source file. */
const fileOf = (id: number): number => firsts.findLastIndex((first) => first <= id);

function write(entry: Entry): void {
  appendFileSync(plan.journal, `${JSON.stringify(entry)}\n`);
}

const idsOf = (marks: Uint8Array): number[] => [...marks.keys()].filter((id) => marks[id] === 1);

function testsOf(suite: RunnerTestSuite): RunnerTestCase[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsOf(task) : [task]));
}

/** Runs a test's function with all hooks of the test and its suites: what the hooks created the first time has been disposed of. */
async function runTest(test: RunnerTestCase, top: RunnerTestSuite): Promise<void> {
  const suites: RunnerTestSuite[] = [];
  for (let suite = test.suite; suite && suite !== top; suite = suite.suite) suites.unshift(suite);
  suites.unshift(top);
  const hooks = suites.map((suite) => ({ suite, ...TestRunner.getSuiteHooks(suite) }));
  const inward = async (index: number): Promise<void> => {
    if (index === hooks.length) {
      for (const { suite, beforeEach } of hooks) for (const hook of beforeEach) await hook(test.context, suite);
      try {
        await TestRunner.getTestFn(test)();
      } finally {
        for (const { suite, afterEach } of hooks.toReversed()) for (const hook of afterEach) await hook(test.context, suite);
      }
      return;
    }
    const { suite, beforeAll, afterAll } = hooks[index];
    try {
      for (const hook of beforeAll) await hook(suite);
      await inward(index + 1);
    } finally {
      for (const hook of afterAll) await hook(suite);
    }
  };
  await inward(0);
}

/** Runs a test with a mutant, and returns how the test killed it: by failing, by taking too many steps, or not at all (null). */
async function killWith(run: () => Promise<void>, id: number, usual: number): Promise<'failure' | 'steps' | null> {
  active = id;
  steps = 0;
  limit = id === NONE ? Infinity : allowedSteps(usual);
  try {
    await run();
    return null;
  } catch {
    return steps > limit ? 'steps' : 'failure';
  } finally {
    active = NONE;
    limit = Infinity;
  }
}

export default class MutationRunner extends TestRunner {
  readonly #reaches = new Map<string, Reach>();
  /** Mutants reached outside the tests: while a file is loaded and its tests are collected. */
  readonly #outside = new Uint8Array(plan.mutants);
  #loadSteps = 0;

  async runTask(test: RunnerTestCase): Promise<void> {
    this.#leaveOutside();
    this.#reaches.set(test.id, await this.#measure(test.fullName, () => TestRunner.getTestFn(test)() as Promise<void>));
  }

  override async onAfterRunFiles(files: RunnerTestFile[]): Promise<void> {
    this.#leaveOutside();
    for (const file of files) {
      const name = file.name;
      if (testsOf(file).some(({ result }) => result?.state !== 'pass')) write({ broken: name });
      else if (plan.tried) await this.#judge(file, plan.tried);
      else {
        const all = new Set([this.#outside, ...[...this.#reaches.values()].map(({ ids }) => ids)].flatMap(idsOf));
        const milliseconds = [...this.#reaches.values()].reduce((sum, reach) => sum + reach.milliseconds, 0);
        write({ reach: name, ids: [...all], milliseconds });
      }
      write({ done: name });
    }
    super.onAfterRunFiles(files);
  }

  /** Records what was reached since the last test as reached outside the tests. */
  #leaveOutside(): void {
    for (const [id, mark] of seen.entries()) this.#outside[id] |= mark;
    this.#loadSteps = Math.max(this.#loadSteps, steps);
    seen.fill(0);
    steps = 0;
  }

  async #measure(name: string, run: () => Promise<void>): Promise<Reach> {
    seen.fill(0);
    steps = 0;
    const started = performance.now();
    await run();
    const reach = { ids: seen.slice(), steps, milliseconds: performance.now() - started };
    write({ ran: name });
    seen.fill(0);
    steps = 0;
    return reach;
  }

  async #judge(file: RunnerTestFile, tried: readonly number[]): Promise<void> {
    if (plan.warm) await this.#judgeWarm(file, tried);
    else await this.#judgeFresh(file, tried);
  }

  async #judgeWarm(file: RunnerTestFile, tried: readonly number[]): Promise<void> {
    const again: Repeated[] = [];
    for (const test of testsOf(file)) {
      const reach = await this.#measure(test.fullName, () => runTest(test, file));
      const first = this.#reaches.get(test.id)?.ids ?? reach.ids;
      const once = idsOf(first).filter((id) => reach.ids[id] === 0);
      again.push({ test, reach, first, remembering: new Set(once.map(fileOf)) });
    }
    again.sort((one, other) => one.reach.milliseconds - other.reach.milliseconds);
    for (const id of tried) {
      write({ trying: id });
      // In a source file that remembers something, a test that has run before may reach none of the mutants.
      const hidden = again.some(({ first, remembering }) => first[id] === 1 && remembering.has(fileOf(id)));
      const outcome = await this.#tryWarm(
        id,
        file,
        again.filter(({ reach }) => reach.ids[id] === 1),
      );
      if (outcome) write(outcome);
      else write(hidden || this.#outside[id] === 1 ? { undecided: id } : { survived: id });
      // Later results of a polluted process are not valid.
      if (outcome && 'polluted' in outcome) process.kill(process.pid, 'SIGKILL');
    }
  }

  async #tryWarm(id: number, file: RunnerTestFile, tests: readonly Repeated[]): Promise<Entry | null> {
    for (const { test, reach } of tests) {
      const run = (): Promise<void> => runTest(test, file);
      const how = await killWith(run, id, reach.steps);
      if (how === null) continue;
      // Something remembered under the mutant may outlive it and affect the next one.
      return (await killWith(run, NONE, 0)) === null ? { killed: id, by: test.fullName, how } : { polluted: id };
    }
    return null;
  }

  async #judgeFresh(file: RunnerTestFile, tried: readonly number[]): Promise<void> {
    if ((await this.#tryFresh(NONE, file)) !== null) return write({ broken: file.name });
    for (const id of tried) {
      write({ trying: id });
      write((await this.#tryFresh(id, file)) ?? { survived: id });
    }
    if ((await this.#tryFresh(NONE, file)) !== null) write({ broken: file.name });
  }

  /** Loads the file again with the mutant switched on, and runs its tests until one fails. */
  async #tryFresh(id: number, file: RunnerTestFile): Promise<Entry | null> {
    vi.resetModules();
    // Collected into a separate suite: a load that fails half-way leaves the collector inside the suite in which it failed.
    const collector = describe('loaded again', async () => {
      await this.importFile(file.filepath, 'collect');
    }) as unknown as { collect(file: RunnerTestFile): Promise<RunnerTestSuite> };
    let top: RunnerTestSuite | undefined;
    const load = async (): Promise<void> => {
      top = await collector.collect(file);
    };
    const loaded = await killWith(load, id, this.#loadSteps);
    if (loaded) return { killed: id, by: file.name, how: loaded };
    if (!top) return null;
    // Tests come in the order of their first run. The quickest run first.
    const usual = [...this.#reaches.values()];
    const tests = testsOf(top).map((test, index) => ({ test, ...usual[index] }));
    for (const { test, steps: usually } of tests.toSorted((one, other) => one.milliseconds - other.milliseconds)) {
      const how = await killWith(() => runTest(test, top as RunnerTestSuite), id, usually);
      if (how) return { killed: id, by: test.fullName, how };
    }
    return null;
  }
}
