// The test projects every package chooses from: Node, and Chromium on one of two independent software GPUs.
// Workspace packages resolve to their sources here, so a test never runs on a stale build.
import { playwright } from '@vitest/browser-playwright';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestProjectInlineConfiguration } from 'vitest/config';
import type { SoftwareGpu } from './scripts/chromium.mjs';
import { launchOptions, softwareVulkan } from './scripts/chromium.mjs';
import { saveReport } from './vitest.reports.ts';

const packages = path.join(import.meta.dirname, 'packages');

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, { readonly default: string } | string>>;
}

/** `@relbias/bias-spec/oracle` -> packages/bias-spec/src/oracle/index.ts, read from each package's `exports`. */
function sourceAliases(): { find: RegExp; replacement: string }[] {
  return readdirSync(packages).flatMap((folder) => {
    const manifest: Manifest = JSON.parse(readFileSync(path.join(packages, folder, 'package.json'), 'utf8'));
    return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
      if (typeof target === 'string') return [];
      const source = target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts');
      const name = path.posix.join(manifest.name, subpath);
      return [{ find: new RegExp(`^${name}$`), replacement: path.join(packages, folder, source) }];
    });
  });
}

const resolve = { alias: sourceAliases() };

/** Tests in Node. Forks, because a worker's Vulkan driver is chosen by the environment its process starts with. */
export function nodeProject(options: { readonly include?: string[] } = {}): TestProjectInlineConfiguration {
  Object.assign(process.env, softwareVulkan());
  return {
    resolve,
    test: {
      name: 'node',
      environment: 'node',
      pool: 'forks',
      include: options.include ?? ['test/**/*.test.ts'],
      exclude: ['test/browser/**'],
      testTimeout: 60_000,
    },
  };
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The software GPU this browser test runs on: `inject('softwareGpu')`. */
    softwareGpu: SoftwareGpu;
  }
}

declare module 'vitest/browser' {
  interface BrowserCommands {
    /** `saveReport` of vitest.reports.ts, from a page. */
    saveReport(name: string, report: object): Promise<void>;
  }
}

/** Tests in headless Chromium on the named software GPU; test files under test/browser. */
export function browserProject(gpu: SoftwareGpu, options: { readonly include?: string[] } = {}): TestProjectInlineConfiguration {
  return {
    resolve,
    test: {
      name: gpu,
      include: options.include ?? ['test/browser/**/*.test.ts'],
      testTimeout: 120_000,
      // One page at a time: two pages would share, and fight for, the one software GPU.
      fileParallelism: false,
      provide: { softwareGpu: gpu },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        commands: { saveReport: (_context, name: string, report: object) => saveReport(name, report) },
        instances: [{ browser: 'chromium' }],
        provider: playwright({ launchOptions: launchOptions(gpu) }),
      },
    },
  };
}
