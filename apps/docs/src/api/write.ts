// Writes the API reference: one Markdown page in pages/api for every entry point of the published packages, by typedoc, from the sources.
// An export without a docstring is an error. Run it before VitePress, which treats these pages like any other.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DeclarationReflection } from 'typedoc';
import { Application, Renderer } from 'typedoc';
import { entryPoints } from './entry-points.ts';
import type { ApiSymbol } from './pages.ts';
import { indexPage, withGroupedReExports } from './pages.ts';

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
// The first to claim a name gets it, whatever its case: the page `bias-spec/backend`, not the interface `Backend`, which has no page.
project.childrenIncludingDocuments?.sort((a, b) => b.name.split('/').length - a.name.split('/').length);
rmSync(out, { recursive: true, force: true });
const symbols: ApiSymbol[] = [];
// The addresses of headings are known while typedoc renders, and forgotten afterwards.
application.renderer.on(Renderer.EVENT_END, () => symbols.push(...modules.flatMap(symbolsOf)));
await application.generateOutputs(project);
for (const { specifier, description } of entries) {
  const file = path.join(out, `${specifier}.md`);
  writeFileSync(file, withGroupedReExports(readFileSync(file, 'utf8'), description, symbols));
}
writeFileSync(path.join(out, 'index.md'), indexPage(entries, symbols));
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
    // The packages are checked by the compiler that builds them; typedoc uses an older one, whose library has fewer web types.
    skipErrorChecking: true,
    logLevel: 'Warn',
    ...look,
  });
}

/** Maps every import specifier to its source: a type then has one page, and links lead there. */
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

/** Names a module by its import specifier. */
function named(module: DeclarationReflection): DeclarationReflection {
  const file = module.sources?.[0]?.fullFileName;
  const entry = entries.find(({ source }) => source === file);
  if (entry === undefined) throw new Error(`typedoc found ${module.name} in ${file}, which no package.json exports`);
  module.name = entry.specifier;
  return module;
}

/** What a module defines itself, with the address of its heading. */
function symbolsOf(module: DeclarationReflection): ApiSymbol[] {
  return (module.children ?? [])
    .filter(({ variant }) => variant === 'declaration')
    .map((child) => {
      const url = application.renderer.router?.getFullUrl(child);
      const file = child.sources?.[0]?.fullFileName;
      if (url === undefined || file === undefined) throw new Error(`typedoc knows no page or no source of ${child.name}`);
      const source = path.relative(path.join(root, 'packages'), file).replaceAll(path.sep, '/');
      return { name: child.name, specifier: module.name, url, source };
    });
}

/** Functions carry their docstring on a signature; re-exports carry it where they are defined. */
function isDocumented(declaration: DeclarationReflection): boolean {
  if (declaration.variant !== 'declaration') return true;
  return declaration.hasComment() || (declaration.signatures ?? []).some((signature) => signature.hasComment());
}
