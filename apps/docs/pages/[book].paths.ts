// The page of the book's questions.
import { routes } from '../src/routes.ts';
import { bookPages } from '../src/site.ts';

export default routes('book', bookPages);
