// A page for every report.
import { routes } from '../src/routes.ts';
import { reportPages } from '../src/site.ts';

export default routes('report', reportPages);
