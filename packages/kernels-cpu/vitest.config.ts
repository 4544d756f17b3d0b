// Tests of @relbias/kernels-cpu: in Node, and in Chromium in a page that is cross-origin isolated and in one that is not.
import { defineConfig } from 'vitest/config';
import { browserProject, nodeProject } from '../../vitest.shared.ts';

const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** No GPU is used; any will do. */
function pages(name: string, headers: Readonly<Record<string, string>>): ReturnType<typeof browserProject> {
  const project = browserProject('swiftshader', { include: [`test/browser/${name}/**/*.test.ts`] });
  return { ...project, server: { headers }, test: { ...project.test, name } };
}

export default defineConfig({ test: { projects: [nodeProject(), pages('isolated', ISOLATION), pages('plain', {})] } });
