// A service worker that does one thing: it adds the two headers of cross-origin isolation to what this site serves, for hosts that
// cannot be told to. Installed by a button, never by itself; nothing is cached.
addEventListener('install', () => void skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  const { request } = event;
  // A request that only asks the cache and is not of this origin cannot be repeated (a bug of some developer tools).
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return;
  if (new URL(request.url).origin !== location.origin) return;
  event.respondWith(fetch(request).then(isolated));
});

/** The response with the headers; an opaque one (status 0) cannot be copied. */
function isolated(response) {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const { status, statusText } = response;
  // These have no body, and none may be given.
  return new Response([204, 205, 304].includes(status) ? null : response.body, { status, statusText, headers });
}
