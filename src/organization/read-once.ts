import type { Send } from '../twilio/client.ts';

/** Sends each GET once: later requests for the same path and query share its response, or its error. */
export interface ReadOnce {
  send: Send;
  /** Makes every later request a new one. */
  forget(): void;
}

export function readOnce(send: Send): ReadOnce {
  const responses = new Map<string, Promise<unknown>>();
  return {
    send(request, onResponse) {
      const { method, path, headers, readBody, pack } = request;
      // Such a response depends on more than the path.
      const isOwn = [headers, readBody, pack, onResponse].some((each) => each !== undefined);
      if (method !== 'GET' || isOwn) return send(request, onResponse);
      const response = responses.get(path) ?? send(request);
      responses.set(path, response);
      return response;
    },
    forget: () => responses.clear(),
  };
}
