// A page for every family in the list.
import { familyPages } from '../../src/site.ts';
import { routes } from '../../src/routes.ts';

export default routes('family', familyPages);
