import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/**
 * Sends recorded responses: `node replay.js FILE`, with a file of `{"/path?query": "body"}`. Prints its address as JSON
 * when it is ready.
 */
const recorded = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const bodies = new Map(Object.entries(recorded).map(([path, body]) => [path, Buffer.from(body)]));
const server = createServer((request, response) => {
  const body = bodies.get(request.url);
  request.resume();
  response.writeHead(body === undefined ? 404 : 200, {
    'content-type': 'application/json',
    'content-length': body?.length ?? 0,
  });
  response.end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
process.stdout.write(`${JSON.stringify({ api_url: `http://127.0.0.1:${server.address().port}` })}\n`);
