// Cross-origin isolation on a static host that sends no headers: a service worker adds them (public/isolation.js).
import { withBase } from 'vitepress';

/**
 * Installs the service worker and reloads the page through it.
 *
 * @throws Error where service workers are missing or refused.
 */
export async function isolate(): Promise<void> {
  // Firefox in private windows, and pages without https, have none.
  if (!('serviceWorker' in navigator))
    throw new Error(
      'Threads stay unavailable: this page has no service workers. They need https (or localhost) and no private window.',
    );
  await navigator.serviceWorker.register(withBase('/isolation.js'));
  await navigator.serviceWorker.ready;
  location.reload();
}
