// Generated pages in the shape of VitePress's dynamic routes.
import path from 'node:path';
import type { GeneratedPage } from './site.ts';

/** One page of a dynamic route. */
export interface Route {
  readonly params: Record<string, string>;
  readonly content: string;
}

/** The routes of a file called [parameter].md. */
export function routes(parameter: string, pages: readonly GeneratedPage[]): { paths(): Route[] } {
  return {
    paths: () => pages.map(({ address, content }) => ({ params: { [parameter]: path.posix.basename(address) }, content })),
  };
}
