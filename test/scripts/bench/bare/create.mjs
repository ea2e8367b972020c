/** Creates users without the program: `create.mjs COUNT CONCURRENCY`. */
const { Agent, request } = process.getBuiltinModule('node:http');
const { TWILIO_ORG_API_URL: origin, TWILIO_ORG_ACCESS_TOKEN: token } = process.env;
const [count, concurrency] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true });
let created = 0;
await Promise.all(Array.from({ length: concurrency }, work));
agent.destroy();

async function work() {
  while (created < count) await create(created++);
}

function create(index) {
  const userName = `bare${index}@example.com`;
  const body = JSON.stringify({ userName, emails: [{ value: userName, primary: true }], active: true });
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/scim+json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    request(`${origin}/scim/v2/Users`, { agent, method: 'POST', headers }, (response) => {
      if (response.statusCode !== 201) reject(new Error(`status ${response.statusCode}`));
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end(body);
  });
}
