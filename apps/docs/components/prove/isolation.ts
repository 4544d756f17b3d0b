// Cross-origin isolation where a static host sends no headers: a service worker adds them (public/isolation.js).
import { withBase } from 'vitepress';

/**
 * Installs the service worker and reloads the page through it.
 *
 * @throws Error where service workers are missing or refused, or the reloaded page would not be isolated either.
 */
export async function isolate(): Promise<void> {
  // Firefox in private windows, and pages without https, have none.
  if (!('serviceWorker' in navigator)) throw new Error('This browser offers no service workers here: threads stay unavailable.');
  await navigator.serviceWorker.register(withBase('/isolation.js'));
  await navigator.serviceWorker.ready;
  location.reload();
}
