// The changelog, and how to cite.
import { routes } from '../../src/routes.ts';
import { aboutPages } from '../../src/site.ts';

export default routes('about', aboutPages);
