import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/**
 * Answers with what a sandbox once answered, so that what is measured is the client: `node replay.js FILE LATENCY`, with
 * a file of `{"/path?query": "body"}` and milliseconds. The first line that it prints is where it is, as JSON.
 */
const [file, latency] = process.argv.slice(2);
const server = createServer(async (request, response) => {
  const body = bodies.get(request.url);
  if (Number(latency) > 0) await setTimeout(Number(latency));
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const api_url = `http://127.0.0.1:${server.address().port}`;
const bodies = new Map(
  Object.entries(JSON.parse(readFileSync(file, 'utf8'))).map(([path, body]) => [path, Buffer.from(body)]),
);
process.stdout.write(`${JSON.stringify({ api_url })}\n`);
