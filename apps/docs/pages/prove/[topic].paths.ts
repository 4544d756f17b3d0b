// The pages for other people's code: the checker with its vectors, and other implementations.
import { routes } from '../../src/routes.ts';
import { provePages } from '../../src/site.ts';

export default routes('topic', provePages);
