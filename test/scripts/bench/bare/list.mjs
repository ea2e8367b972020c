/**
 * Lists without the program: `list.mjs FORMAT PATH`, with the same requests and the same output. CLIENT_SECRET makes it ask for a
 * token first, SCRYPT_FILE derive a key with the parameters in that file.
 */
const { get, request } = process.getBuiltinModule('node:http');
const { TWILIO_ORG_API_URL: origin, CLIENT_ID, CLIENT_SECRET, SCRYPT_FILE } = process.env;
const [format, path] = process.argv.slice(2);
let token = process.env.TWILIO_ORG_ACCESS_TOKEN;

if (SCRYPT_FILE) {
  const { N, r, p, salt } = JSON.parse(process.getBuiltinModule('node:fs').readFileSync(SCRYPT_FILE, 'utf8'));
  const { scrypt } = process.getBuiltinModule('node:crypto');
  const options = { N, r, p, maxmem: 256 * N * r };
  const passphrase = process.env.TWILIO_ORG_STORE_PASSPHRASE;
  await new Promise((resolve) => scrypt(passphrase, Buffer.from(salt, 'base64'), 48, options, resolve));
}
if (CLIENT_SECRET) {
  const form = { grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const call = request(`${origin}/v2/token`, { method: 'POST', headers });
  call.end(String(new URLSearchParams(form)));
  token = (await new Promise((resolve) => call.on('response', (response) => resolve(json(response)))))
    .access_token;
}
const items = [];
for (let next = origin + path; next; ) {
  const page = await new Promise((resolve) =>
    get(next, { headers: { authorization: `Bearer ${token}` } }, (response) => resolve(json(response))),
  );
  for (const item of page.Resources ?? page.content) items.push(item);
  const following = page.meta?.next_page_url;
  next = following && new URL(following, origin).href;
}
process.stdout.write(
  format === 'json'
    ? `${JSON.stringify(items, null, 2)}\n`
    : items.map((item) => `${JSON.stringify(item)}\n`).join(''),
);

function json(response) {
  return new Promise((resolve) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', () => resolve(JSON.parse(text)));
  });
}
