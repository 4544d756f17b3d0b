// Every code block of README.md, packages/*/README.md, docs/*.md and the pages of the site is pasted as its reader would: one test each,
// in order, in a fresh folder for each document. What is not run is listed with its reason.
import { afterAll, expect, test } from 'vitest';
import type { PackedBrowser } from './browser.ts';
import { openBrowser } from './browser.ts';
import { isUsed, problemsOf } from './check-blocks.ts';
import { blocksIn, blocksOf, documents } from './find-blocks.ts';
import type { Paster, PastedDocument } from './paste.ts';
import { createPaster } from './paste.ts';

const read = documents().map((file) => ({ file, blocks: blocksOf(file) }));
const skipped: string[] = read.flatMap(({ blocks }) =>
  blocks.filter(({ notRun }) => notRun !== null).map(({ file, line, notRun }) => `${file}:${line}: ${notRun}`),
);
const total = { blocks: 0, compared: 0 };

let opened: Promise<PackedBrowser> | undefined;
const browser = (): Promise<PackedBrowser> => (opened ??= openBrowser());
const paster: Paster = createPaster(browser);

afterAll(async () => {
  await (await opened)?.close();
  paster.close();
  const nodes = paster.nodes.join(' and ');
  console.log(`${total.blocks} blocks of ${read.length} documents pasted, on Node ${nodes}; ${total.compared} values compared`);
  console.log([`${skipped.length} not run:`, ...skipped].join('\n  '));
});

test('every block has a language or a mark that says how it is checked', () => {
  expect(read.flatMap(({ blocks }) => blocks.flatMap(problemsOf))).toEqual([]);
});

for (const { blocks } of read) {
  const used = blocks.filter(isUsed);
  let reader: PastedDocument | undefined;
  for (const block of used) {
    test(`${block.file}:${block.line}`, async () => {
      reader ??= paster.open(used);
      const pasted = reader.paste(block);
      await expect(pasted).resolves.toBeTypeOf('number');
      total.blocks++;
      total.compared += await pasted;
    });
  }
}

test('the blocks state values, and these were compared', () => {
  expect(total.compared).toBeGreaterThan(0);
});

const fence = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\`\n`;

/** Snippets that must fail, and the error of each. */
const BROKEN: readonly (readonly [what: string, markdown: string, complaint: RegExp])[] = [
  [
    'a module that throws',
    fence('js', "\nthrow new Error('broken');"),
    /^broken\.md:2: on Node 2[04].*broken\.md:3.*Error: broken/s,
  ],
  [
    'a false value',
    fence('js', "import { alibi } from 'relbias';\nalibi({ heads: 1 }).family; // 't5'"),
    /broken\.md:3: the comment "'t5'" is not true/,
  ],
  [
    'a package that is not installed',
    fence('js', "import { create } from 'webgpu';"),
    /^broken\.md:2: imports webgpu, which no line before/,
  ],
  [
    'a CommonJS script that awaits',
    `<!-- run: commonjs -->\n\n${fence('js', "await require('relbias').attention();")}`,
    /^broken\.md:4: on Node/,
  ],
  ['a command that fails', fence('sh', 'true\nnpx relbias slopes --headz 12'), /^broken\.md:2: npx relbias slopes --headz 12/],
  [
    'an import map with a hole',
    fence(
      'html',
      '<script type="importmap">{"imports": {"relbias": "./node_modules/relbias/dist/index.js"}}</script><script type="module">import { alibi } from \'relbias\'; console.log(alibi);</script>',
    ),
    /^broken\.md:2: .*@relbias/s,
  ],
  [
    'a page that throws',
    `<!-- run: browser -->\n\n${fence('js', "throw new Error('broken');")}`,
    /^broken\.md:4: in a page bundled by vite\n.*broken/s,
  ],
];

test.each(BROKEN)('finds %s', async (_, markdown, complaint) => {
  const blocks = blocksIn(markdown, 'broken.md', 1);
  expect(blocks.flatMap(problemsOf)).toEqual([]);
  await expect(paster.open(blocks).paste(blocks[0])).rejects.toThrow(complaint);
});

const UNCLEAR: readonly (readonly [what: string, markdown: string, complaint: RegExp])[] = [
  ['indented code', '    npm start\n', /^broken\.md:1: no language: npm start/],
  ['a fence without a language', fence('', 'npm start'), /^broken\.md:2: no language/],
  ['a language that nothing runs', fence('ruby', 'puts 1'), /^broken\.md:2: nothing runs ruby/],
  ['a missing reason', `<!-- not run: -->\n\n${fence('sh', 'npm start')}`, /^broken\.md:4: not run, without a reason/],
  [
    'a script that does not exist',
    `<!-- not run: slow -->\n\n${fence('sh', 'npm run nothing')}`,
    /^broken\.md:4: no script "nothing"/,
  ],
  [
    'a file that does not exist',
    `<!-- not run: slow -->\n\n${fence('sh', 'node scripts/none.mjs')}`,
    /^broken\.md:4: no file scripts\/none/,
  ],
  ['an unknown place', `<!-- run: moon -->\n\n${fence('js', '1')}`, /^broken\.md:4: got run: moon/],
];

test.each(UNCLEAR)('refuses %s', (_, markdown, complaint) => {
  const [problem] = blocksIn(markdown, 'broken.md', 1).flatMap(problemsOf);
  expect(problem).toMatch(complaint);
});
