import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** Answers every request with the JSON of one file, at once: what is measured is then the client alone. */
const body = readFileSync(process.argv[2]);
const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ api_url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
