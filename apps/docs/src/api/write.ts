// Writes the API reference: one Markdown page in pages/api for every entry point of the published packages, by typedoc, from the sources.
// Fails on an export that says nothing about itself. Run before VitePress, which takes these pages as it takes any other.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DeclarationReflection } from 'typedoc';
import { Application } from 'typedoc';
import type { EntryPoint } from './entry-points.ts';
import { entryPoints } from './entry-points.ts';

const site = path.resolve(import.meta.dirname, '../..');
const root = path.resolve(site, '../..');
const out = path.join(site, 'pages/api');
const entries = entryPoints(path.join(root, 'packages'));

const application = await makeApplication();
const project = await application.convert();
if (project === undefined) throw new Error('typedoc could not read the packages; it says why above');
project.name = 'API reference';
const modules = (project.children ?? []).map((module) => named(module));
const undocumented = modules.flatMap(({ name, children = [] }) =>
  children.filter((one) => !isDocumented(one)).map((one) => `${one.name} of ${name}`),
);
if (undocumented.length > 0) throw new Error(`Exports without a docstring:\n  ${undocumented.join('\n  ')}`);
// The first to ask for a name gets it, whatever its case: the page `bias-spec/backend`, not the interface `Backend`, which has no page.
project.childrenIncludingDocuments?.sort((a, b) => b.name.split('/').length - a.name.split('/').length);
rmSync(out, { recursive: true, force: true });
await application.generateOutputs(project);
writeFileSync(path.join(out, 'index.md'), indexPage());
console.log(`${modules.length} entry points in the API reference`);

async function makeApplication(): Promise<Application> {
  const tables = [
    'parameters',
    'interfaceProperties',
    'classProperties',
    'typeAliasProperties',
    'propertyMembers',
    'typeDeclaration',
  ];
  const look = {
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandParameters: true,
    useHTMLAnchors: false,
    tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
    ...Object.fromEntries(tables.map((one) => [`${one}Format`, 'table'])),
  };
  return Application.bootstrapWithPlugins({
    entryPoints: entries.map(({ source }) => source),
    tsconfig: writeTsconfig(),
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    out,
    basePath: path.join(root, 'packages'),
    readme: 'none',
    excludeExternals: true,
    disableGit: true,
    sourceLinkTemplate: 'https://github.com/relbias/relbias/blob/main/packages/{path}#L{line}',
    // The packages are checked by the compiler they are built with; typedoc reads with an older one, whose library knows less of the web.
    skipErrorChecking: true,
    logLevel: 'Warn',
    ...look,
  });
}

/** Packages refer to one another by name: each name leads to the source, so that a type has one page and links lead there. */
function writeTsconfig(): string {
  const folder = path.join(site, '.vitepress/cache');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'tsconfig.api.json');
  const paths = Object.fromEntries(entries.map(({ specifier, source }) => [specifier, [source]]));
  const typeRoots = [path.join(root, 'node_modules/@types')];
  const compilerOptions = { composite: false, declarationMap: false, noEmit: true, types: ['node'], typeRoots, paths };
  const files = entries.map(({ source }) => source);
  writeFileSync(file, JSON.stringify({ extends: path.join(root, 'tsconfig.base.json'), compilerOptions, files }));
  return file;
}

/** A module is called what users import. */
function named(module: DeclarationReflection): DeclarationReflection {
  const file = module.sources?.[0]?.fullFileName;
  const entry = entries.find(({ source }) => source === file);
  if (entry === undefined) throw new Error(`typedoc found ${module.name} in ${file}, which is no entry point`);
  module.name = entry.specifier;
  return module;
}

/** A function says it in a signature, what is exported from elsewhere there. */
function isDocumented(declaration: DeclarationReflection): boolean {
  if (declaration.variant !== 'declaration') return true;
  return declaration.hasComment() || (declaration.signatures ?? []).some((signature) => signature.hasComment());
}

function indexPage(): string {
  const rows = entries.map(
    ({ specifier, description }: EntryPoint) =>
      `| [\`${specifier}\`](./${specifier}.md) | ${count(specifier)} | ${description} |`,
  );
  return `# API reference

Everything that the packages export, from their docstrings. Every example ran.

| import | exports | package |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function count(specifier: string): number {
  return modules.find(({ name }) => name === specifier)?.children?.length ?? 0;
}
