// Checks the links of README.md, packages/*/README.md and docs/*.md: each file and heading of this repository that a link names exists, by
// a relative path or by its address on GitHub, and README.md links to every document in docs.
import { fromMarkdown } from 'mdast-util-from-markdown';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './workspace.mjs';

/** Addresses of this repository's own files. */
const OWN = /^https:\/\/github\.com\/relbias\/relbias\/(?:blob|tree)\/main\/([^#]*)(#.*)?$/;
const SCHEME = /^[a-z]+:/;

/** @typedef {ReturnType<typeof fromMarkdown>['children'][number]} MarkdownNode */

/** All nodes of a Markdown text. @param {string} text @returns {MarkdownNode[]} */
function nodesOf(text) {
  /** @param {MarkdownNode} node @returns {MarkdownNode[]} */
  const flat = (node) => [node, ...('children' in node ? node.children.flatMap((child) => flat(child)) : [])];
  return fromMarkdown(text).children.flatMap((node) => flat(node));
}

/** The text of a node, without its marks. @param {MarkdownNode} node @returns {string} */
function textOf(node) {
  if ('children' in node) return node.children.map((child) => textOf(child)).join('');
  return 'value' in node ? node.value : '';
}

/** The anchors that GitHub and the site make of the headings. @param {string} file */
function anchorsOf(file) {
  const headings = nodesOf(readFileSync(path.join(root, file), 'utf8')).filter(({ type }) => type === 'heading');
  const slug = (/** @type {string} */ text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  return headings.map((heading) => slug(textOf(heading)));
}

/** The file of this repository that a link names, or null. @param {string} from @param {string} url */
function targetOf(from, url) {
  const [, own, ownAnchor] = OWN.exec(url) ?? [];
  if (own !== undefined) return { file: own, anchor: ownAnchor };
  if (SCHEME.test(url)) return null;
  const [relative, anchor] = url.split('#');
  return {
    file: relative === '' ? from : path.normalize(path.join(path.dirname(from), relative)),
    anchor: anchor && `#${anchor}`,
  };
}

const files = globSync(['README.md', 'packages/*/README.md', 'docs/*.md'], { cwd: root }).toSorted();
/** @type {string[]} */
const complaints = [];
/** @type {Set<string>} */
const inReadme = new Set();
let count = 0;
for (const file of files) {
  for (const node of nodesOf(readFileSync(path.join(root, file), 'utf8'))) {
    if (node.type !== 'link' && node.type !== 'definition') continue;
    const target = targetOf(file, node.url);
    if (target === null) continue;
    count++;
    const place = `${file}:${node.position?.start.line}: ${node.url}`;
    if (file === 'README.md') inReadme.add(target.file);
    if (!existsSync(path.join(root, target.file))) complaints.push(`${place}: there is no ${target.file}`);
    // `#readme` is GitHub's own anchor, above the first heading.
    else if (target.anchor && target.anchor !== '#readme' && !anchorsOf(target.file).includes(target.anchor.slice(1)))
      complaints.push(`${place}: ${target.file} has no such heading`);
  }
}
for (const file of files.filter((one) => one.startsWith('docs/'))) {
  if (!inReadme.has(file)) complaints.push(`README.md: no link to ${file}`);
}

if (complaints.length > 0) {
  console.error(complaints.join('\n'));
  process.exitCode = 1;
} else {
  console.log(`${count} links in ${files.length} documents lead somewhere; README.md links to every one in docs`);
}
